import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { build, type Plugin } from "vite";
import { PROGRAMS } from "../../packages/bundle.config.ts";
import { expertData } from "../../packages/expert-data.ts";
import { isStale } from "../support/build.ts";
import { fileOf, TARGETS, type Target } from "./targets.ts";

export type Executable = "sitewright-agent" | "sitewright";

const [AGENT_MAIN = "", ...AGENT_WORKERS] = PROGRAMS["agent"] ?? [];

/** Package, entry, and workers of each; the operator's program has no workers. */
const SOURCES: Record<Executable, { folder: string; main: string; workers: readonly string[] }> = {
  "sitewright-agent": { folder: "packages/agent", main: AGENT_MAIN, workers: AGENT_WORKERS },
  sitewright: { folder: "packages/coordinator", main: "cli/single.ts", workers: [] },
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
  const madeOf = [folder, "packages/node-kit", "packages/protocol"].map((part) => `${part}/src`);
  const expert = name === "sitewright" ? ["packages/expert/src", "packages/expert/data"] : [];
  if (isStale(path, [...madeOf, ...expert, "scripts/package", "packages/bundle.config.ts"]))
    makeExecutable(name, target, await bundleForSingle(name));
  return path;
}

function pathOf(name: Executable, target: Target): string {
  return resolve("dist/single", target, `${name}${TARGETS[target].suffix}`);
}

/** Bundles a program, each thread into one file, and returns the folder with them. */
export async function bundleForSingle(name: Executable): Promise<string> {
  const { folder, main, workers } = SOURCES[name];
  const outDir = resolve("dist/single", name);
  for (const file of [main, ...workers]) {
    await build({
      configFile: false,
      logLevel: "warn",
      root: resolve(folder),
      publicDir: false,
      plugins: [expertData, nativesInside],
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
  writeFileSync(join(outDir, "version"), version);
  return outDir;
}

/** Makes a single executable from what `bundleForSingle` returned; returns its path. */
export function makeExecutable(name: Executable, target: Target, bundle: string): string {
  const { node, koffi, blakeHash } = TARGETS[target];
  const { workers } = SOURCES[name];
  const output = pathOf(name, target);
  mkdirSync(dirname(output), { recursive: true });
  const assets: Record<string, string> = { version: join(bundle, "version") };
  for (const worker of workers.map((file) => basename(file).replace(/\.ts$/, ".js"))) assets[worker] = join(bundle, worker);
  if (workers.length > 0) Object.assign(assets, { "koffi.node": fileOf(koffi), "blake-hash.node": fileOf(blakeHash) });
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
  return output;
}
