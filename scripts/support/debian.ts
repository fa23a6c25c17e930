import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDebianPackage } from "../package/debian.ts";
import { debootstrap, whyNoDebootstrap } from "./debootstrap.ts";
import { CACHE } from "./locked-packages.ts";

/** Kept between runs, and never changed: tests lay what they write over it. */
export const DEBIAN = join(CACHE, "debian");

/**
 * Ensures what the tests of the packages need: a Debian without Node.js in a folder, and the packages. Returns why they cannot run, or
 * undefined.
 */
export async function ensureDebian(): Promise<string | undefined> {
  const why = existsSync(DEBIAN) ? undefined : (whyNoDebootstrap() ?? makeDebian());
  if (why === undefined) for (const name of ["sitewright", "sitewright-agent"] as const) await makeDebianPackage(name, "linux-x64");
  return why;
}

/** Some 2 minutes and 300 MB. */
function makeDebian(): string | undefined {
  mkdirSync(CACHE, { recursive: true });
  const log = `${DEBIAN}.log`;
  writeFileSync(log, "");
  console.error(`Making a Debian to test the packages in: ${DEBIAN} (once; log: ${log}) ...`);
  // Under a name of its own until it is whole.
  const draft = `${DEBIAN}-${process.pid}`;
  try {
    debootstrap(draft, ["adduser", "redis-server"], log);
    renameSync(draft, DEBIAN);
    return undefined;
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)} (log: ${log})`;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
