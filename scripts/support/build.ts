import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.ts";

const UI = "packages/coordinator/ui";
const PAGE = "packages/coordinator/dist/ui/index.html";
/** What the user interface is made of: its own sources, what it takes from the others, and the packages. */
const MADE_OF = [
  UI,
  "packages/coordinator/src/domain",
  "packages/coordinator/src/cli/render",
  "packages/protocol/src",
  "package-lock.json",
];

/** Compiles the packages and builds the user interface into their `dist` folders; seconds when nothing changed. */
export function build(): void {
  run("tsc", ["-b", "packages/coordinator", "packages/agent"]);
  if (!existsSync(PAGE) || Math.max(...MADE_OF.map(newest)) > statSync(PAGE).mtimeMs) run("vite", ["build", "--logLevel", "warn", UI]);
}

/** When anything below was last changed, ms since 1970. */
function newest(path: string): number {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
