import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { tarZst, zip, type Entry } from "./package/archives.ts";
import { makeDebianPackage } from "./package/debian.ts";
import { ensureExecutable, SOURCES, type Executable } from "./package/executable.ts";
import { sbomOf } from "./package/sbom.ts";
import { fileOf, TARGETS, type Target } from "./package/targets.ts";

/** What a system behind a slow line is asked to load, bytes. */
const LARGEST = 45_000_000;
const RELEASE = "dist/release";
/** The same for all platforms, and not in each package. */
const NODE_LICENSE = [TARGETS["linux-x64"].node[0], "LICENSE"] as const;

/**
 * Makes the archives of both programs for all platforms, a bill of materials for each, Debian's packages, and the sums of all these; with
 * `--debian` Debian's packages for this processor alone.
 */
const { debian } = parseArgs({ options: { debian: { type: "boolean", default: false } } }).values;
const sums: string[] = [];
rmSync(RELEASE, { recursive: true, force: true });
mkdirSync(RELEASE, { recursive: true });
for (const name of debian ? [] : (["sitewright-agent", "sitewright"] as const satisfies Executable[])) {
  const { folder } = SOURCES[name];
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  for (const target of Object.keys(TARGETS) as Target[]) {
    const stem = `${name}-${version}-${target}`;
    const executable = await ensureExecutable(name, target);
    const sbom = sbomOf(name, folder, target);
    const file = (path: string, bytes: Uint8Array, mayRun = false): Entry => ({ path: `${stem}/${path}`, bytes, executable: mayRun });
    const entries = [
      file(`${name}${TARGETS[target].suffix}`, readFileSync(executable), true),
      file("LICENSE.txt", readFileSync("LICENSE")),
      file("LICENSE-Node.js.txt", readFileSync(fileOf(NODE_LICENSE))),
      file("sbom.cdx.json", Buffer.from(sbom)),
    ];
    const isForWindows = target.startsWith("win");
    put(`${stem}${isForWindows ? ".zip" : ".tar.zst"}`, isForWindows ? zip(entries) : tarZst(entries));
    put(`${stem}.cdx.json`, Buffer.from(sbom));
  }
}
for (const name of ["sitewright", "sitewright-agent"] as const)
  for (const target of debian ? [ownTarget()] : (["linux-x64", "linux-arm64"] as const))
    list(basename(await makeDebianPackage(name, target)));
writeFileSync(join(RELEASE, "SHA256SUMS"), sums.join(""));
console.log(`\nTheir sums are in ${RELEASE}/SHA256SUMS`);

function ownTarget(): "linux-x64" | "linux-arm64" {
  return process.arch === "arm64" ? "linux-arm64" : "linux-x64";
}

function put(name: string, bytes: Buffer): void {
  writeFileSync(join(RELEASE, name), bytes);
  list(name);
}

function list(name: string): void {
  const bytes = readFileSync(join(RELEASE, name));
  sums.push(`${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`);
  console.log(`${(bytes.length / 1e6).toFixed(1).padStart(6)} MB  ${name}`);
  // The coordinator is loaded once, by the site server.
  if (bytes.length <= LARGEST || name.startsWith("sitewright_")) return;
  console.error(`sitewright: ${name} has ${bytes.length} bytes, and at most ${LARGEST} are permitted`);
  process.exit(1);
}
