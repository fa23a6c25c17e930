import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { build, type Plugin } from "vite";
import { compactText, PROGRAMS } from "../../packages/bundle.config.ts";
import { expertData } from "../../packages/expert-data.ts";
import { isStale } from "../support/build.ts";
import { fileOf, TARGETS, type Target } from "./targets.ts";

/** `sitewright-prove` is for whoever has a Windows server, and not part of a release. */
export type Executable = "sitewright-agent" | "sitewright" | "sitewright-prove";

const [AGENT_MAIN = "", ...AGENT_WORKERS] = PROGRAMS["agent"] ?? [];

interface Source {
  folder: string;
  main: string;
  workers: readonly string[];
  /** It calls native code. */
  natives: boolean;
}

/** Package, entry, and workers of each; only the agent has workers. */
export const SOURCES: Record<Executable, Source> = {
  "sitewright-agent": { folder: "packages/agent", main: AGENT_MAIN, workers: AGENT_WORKERS, natives: true },
  sitewright: { folder: "packages/coordinator", main: "cli/single.ts", workers: [], natives: false },
  "sitewright-prove": { folder: "packages/agent", main: "../../../scripts/prove/main.ts", workers: [], natives: true },
};

const LOAD_NATIVE = resolve("packages/node-kit/src/load-native.ts");

/** What stands for the native packages in an executable: their code is inside it. */
const NATIVES: Record<string, string> = {
  koffi: `export default loadNative("koffi.node");`,
  "@napi-rs/blake-hash": `export const { Blake3Hasher, blake3UrlSafeBase64 } = loadNative("blake-hash.node");`,
};

const nativesInside: Plugin = {
  name: "natives-inside",
  enforce: "pre",
  resolveId: (id) => (id in NATIVES ? `\0inside:${id}` : undefined),
  load(id) {
    const native = id.startsWith("\0inside:") ? NATIVES[id.slice("\0inside:".length)] : undefined;
    return native && `import { loadNative } from ${JSON.stringify(LOAD_NATIVE)};\n${native}`;
  },
};

/** Makes one, unless it is newer than all that it is made of; returns its path. */
export async function ensureExecutable(name: Executable, target: Target): Promise<string> {
  const path = pathOf(name, target);
  const { folder } = SOURCES[name];
  const shared = ["packages/node-kit/src", "packages/protocol/src", "packages/bundle.config.ts", "scripts/package"];
  const expert = name === "sitewright" ? ["packages/expert/src", "packages/expert/data"] : [];
  const probes = name === "sitewright-prove" ? ["scripts/prove"] : [];
  const madeOf = [`${folder}/src`, ...shared, ...expert, ...probes];
  if (!isStale(path, madeOf)) return path;
  const bundle = resolve("dist/single", name);
  if (isStale(versionIn(bundle), madeOf)) await bundleForSingle(name, bundle);
  makeExecutable(name, target, bundle);
  return path;
}

/** Written last. */
const versionIn = (bundle: string): string => join(bundle, "version");

function pathOf(name: Executable, target: Target): string {
  return resolve("dist/single", target, `${name}${TARGETS[target].suffix}`);
}

/** Bundles a program, each thread into one file of a folder. */
async function bundleForSingle(name: Executable, outDir: string): Promise<void> {
  const { folder, main, workers } = SOURCES[name];
  for (const file of [main, ...workers]) {
    await build({
      configFile: false,
      logLevel: "warn",
      root: resolve(folder),
      publicDir: false,
      plugins: [expertData, nativesInside, compactText],
      ssr: { noExternal: true, resolve: { conditions: ["@sitewright/source", "node", "module"] } },
      build: {
        ssr: true,
        outDir,
        emptyOutDir: file === main,
        target: "node24",
        minify: false,
        rolldownOptions: {
          input: resolve(folder, "src", file),
          // A thread from text inside the executable can be CommonJS only.
          output: { format: file === main ? "es" : "cjs", codeSplitting: false, entryFileNames: file === main ? "main.js" : "[name].js" },
        },
      },
    });
  }
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  writeFileSync(versionIn(outDir), version);
}

/** Makes a single executable from a bundle. */
function makeExecutable(name: Executable, target: Target, bundle: string): void {
  const { node, koffi, blakeHash } = TARGETS[target];
  const { workers, natives } = SOURCES[name];
  const output = pathOf(name, target);
  mkdirSync(dirname(output), { recursive: true });
  const assets: Record<string, string> = { version: versionIn(bundle) };
  for (const worker of workers.map((file) => basename(file).replace(/\.ts$/, ".js"))) assets[worker] = join(bundle, worker);
  for (const [native, file] of natives
    ? ([
        ["koffi.node", koffi],
        ["blake-hash.node", blakeHash],
      ] as const)
    : []) {
    const hash = join(dirname(output), `${native}.sha256`);
    writeFileSync(
      hash,
      createHash("sha256")
        .update(readFileSync(fileOf(file)))
        .digest("hex"),
    );
    Object.assign(assets, { [native]: fileOf(file), [`${native}.sha256`]: hash });
  }
  const settings = join(dirname(output), `${name}.json`);
  writeFileSync(
    settings,
    JSON.stringify({
      main: join(bundle, "main.js"),
      mainFormat: "module",
      executable: fileOf(node),
      output,
      disableExperimentalSEAWarning: true,
      // What an executable reads from its environment is its own.
      execArgvExtension: "none",
      assets,
    }),
  );
  const { status, stderr } = spawnSync(process.execPath, [`--build-sea=${settings}`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} for ${target} could not be made: ${stderr}`);
}
