import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDebianPackage } from "../package/debian.ts";
import { debootstrap, logged, whyNoDebootstrap } from "./debootstrap.ts";
import { CACHE } from "./locked-packages.ts";

/** Kept between runs, and never changed: tests lay what they write over it. */
export const DEBIAN = join(CACHE, "debian");
/** The libraries of arm64, for its programs in an emulator. */
export const ARM64 = join(CACHE, "debian-arm64");
export const EMULATOR = "qemu-aarch64-static";

/**
 * Ensures what the tests of the packages need: a Debian without Node.js in a folder, the packages, and an emulator of arm64. Returns why they
 * cannot run, or undefined.
 */
export async function ensureDebian(): Promise<string | undefined> {
  const why = ensureFolder(DEBIAN, ["adduser", "redis-server"]) ?? ensureFolder(ARM64, ["libatomic1"], "arm64") ?? ensureEmulator();
  if (why === undefined) for (const name of ["sitewright", "sitewright-agent"] as const) await makeDebianPackage(name, "linux-x64");
  return why;
}

/** Some 2 minutes and 300 MB each. */
function ensureFolder(folder: string, packages: readonly string[], foreign?: "arm64"): string | undefined {
  if (existsSync(folder)) return undefined;
  const why = whyNoDebootstrap();
  if (why !== undefined) return why;
  mkdirSync(CACHE, { recursive: true });
  const log = `${folder}.log`;
  writeFileSync(log, "");
  console.error(`Making a Debian to test the packages in: ${folder} (once; log: ${log}) ...`);
  // Under a name of its own until it is whole.
  const draft = `${folder}-${process.pid}`;
  try {
    debootstrap(draft, packages, log, foreign);
    // An emulator looks for each file here first, and those of processes are this system's.
    if (foreign !== undefined) rmSync(join(draft, "proc"));
    renameSync(draft, folder);
    return undefined;
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)} (log: ${log})`;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function ensureEmulator(): string | undefined {
  const isThere = (): boolean => spawnSync(EMULATOR, ["--version"]).status === 0;
  if (isThere()) return undefined;
  const log = `${ARM64}.log`;
  try {
    logged(log, "apt-get", ["install", "-y", "-qq", "--no-install-recommends", "qemu-user-static"]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return isThere() ? undefined : `${EMULATOR} is missing: install qemu-user-static`;
}
