import { statfsSync, type StatsFs } from "node:fs";
import { join } from "node:path";
import { SitewrightError, systemCode, systemFault } from "@sitewright/protocol";

export { systemCode };

export function isAbsent(error: unknown): boolean {
  return systemCode(error) === "ENOENT";
}

/** Converts any error of a disk call to one that names the path as the administrator knows it. */
export function diskError(error: unknown, root: string, path: string): SitewrightError {
  if (error instanceof SitewrightError) return error;
  const place = join(root, path);
  const facts = { path: place, cause: error };
  const code = systemCode(error);
  const fault = systemFault(error);
  if (!fault) {
    const message = error instanceof Error ? error.message.split(",")[0] : String(error);
    return new SitewrightError("IO_ERROR", `${place} cannot be worked on: ${message}`, facts);
  }
  const why = code === "ENOSPC" ? (lackOfInodes(root) ?? fault.why) : fault.why;
  return new SitewrightError(fault.code, `${place} cannot be worked on: ${why} (${code})`, facts);
}

function lackOfInodes(root: string): string | undefined {
  try {
    return inodeFault(statfsSync(root));
  } catch {
    return undefined;
  }
}

/** A file system with free bytes but no free inode gives the same error code as a full one. */
export function inodeFault({ files, ffree, bavail }: Pick<StatsFs, "files" | "ffree" | "bavail">): string | undefined {
  // File systems that create inodes on demand report none.
  if (files === 0 || ffree > files / 100 || bavail === 0) return undefined;
  return `its disk has no inodes left (${files - ffree} of ${files} are in use, bytes are free): remove files, or make the file system with more inodes, then run it again`;
}

/** Runs the work; its errors become ones that name the path. */
export function naming<T>(root: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(error, root, path);
  }
}
