import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.ts";

const UI = "packages/coordinator/ui";
const BUNDLE = "packages/bundle.config.ts";

const EXPERT = ["packages/expert-data.ts", "packages/expert/src", "packages/expert/data"];

/** The products of the build, their sources besides packages, and how they are built. */
const PRODUCTS = [
  {
    product: "packages/coordinator/dist/ui/index.html",
    madeOf: [UI, "packages/coordinator/src/domain", "packages/coordinator/src/cli/render", "packages/protocol/src", ...EXPERT],
    make: [UI],
  },
  ...["agent", "coordinator"].map((name) => ({
    product: `packages/${name}/dist/bundle/main.js`,
    madeOf: [
      BUNDLE,
      `packages/${name}/src`,
      ...["node-kit", "protocol"].map((shared) => `packages/${shared}/src`),
      ...(name === "coordinator" ? EXPERT : []),
    ],
    make: ["--config", BUNDLE, "--mode", name],
  })),
];

/** Checks the types of the packages, and builds programs and user interface into their `dist` folders; seconds when nothing changed. */
export function build(): void {
  run("tsc", ["-b", "packages/coordinator", "packages/agent"]);
  for (const { product, madeOf, make } of PRODUCTS) {
    if (isStale(product, madeOf)) run("vite", ["build", "--logLevel", "warn", ...make]);
  }
}

/** Whether a product is missing, or older than something that it is made of. */
export function isStale(product: string, madeOf: readonly string[]): boolean {
  const changed = Math.max(...[...madeOf, "package-lock.json"].map(newest));
  return !existsSync(product) || changed > statSync(product).mtimeMs;
}

/** When anything below was last changed, ms since 1970. */
function newest(path: string): number {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
