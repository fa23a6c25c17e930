import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats } from "node:fs";
import { fileSystemFault, SitewrightError, systemCode } from "@sitewright/protocol";

const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A plain file of a medium, at most `most` bytes. Throws `LINK_IN_PATH`, `MEDIUM_INVALID`, `NOT_FOUND`. */
export function readWhole(path: string, most: number): Buffer {
  const file = openPlain(path);
  try {
    const { size } = fstatSync(file);
    if (size > most) throw new SitewrightError("MEDIUM_INVALID", `${path} has ${size} bytes, over the limit of ${most}`, { path });
    const bytes = Buffer.allocUnsafe(size);
    return bytes.subarray(0, readAt(file, bytes, 0, path));
  } finally {
    closeQuietly(file);
  }
}

/** Opens a file to which no link leads. Throws `LINK_IN_PATH`, `MEDIUM_INVALID`, `NOT_FOUND`, and what the system refuses, such as `DISK_AWAY`. */
export function openPlain(path: string): number {
  const stats = statsOf(path);
  if (!stats) throw new SitewrightError("NOT_FOUND", `${path} is not there`, { path });
  if (stats.isSymbolicLink()) throw linked(path);
  if (!stats.isFile()) throw new SitewrightError("MEDIUM_INVALID", `${path} is no file`, { path });
  try {
    return openSync(path, FLAGS);
  } catch (cause) {
    if (systemCode(cause) === "ELOOP") throw linked(path);
    throw unreadable(path, cause);
  }
}

/** Of a medium that was pulled out, closing fails too: what failed before is what is reported. For files that are read, synced, or given up. */
export function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // Nothing depends on it.
  }
}

/** Bytes that were read; fewer than asked for at the end of the file. @param path Of the file, for messages. Throws what the system refuses. */
export function readAt(file: number, target: Uint8Array, from: number, path: string): number {
  let done = 0;
  try {
    for (let count = -1; count !== 0 && done < target.length; done += count)
      count = readSync(file, target, done, target.length - done, from + done);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return done;
}

/** Names in a folder, to which a link may lead; none: there is no folder. Throws what the system refuses. */
export function namesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(cause) ?? "")) return [];
    throw unreadable(path, cause);
  }
}

/** Of the entry itself, also of a link; undefined: there is none. Throws what the system refuses. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    if (systemCode(cause) === "ENOTDIR") return undefined;
    throw unreadable(path, cause);
  }
}

export function truncated(path: string, why: string): SitewrightError {
  return new SitewrightError("MEDIUM_TRUNCATED", `${path} ${why}: the volume was not copied or written as a whole; copy it again`, {
    path,
  });
}

export function linked(path: string): SitewrightError {
  return new SitewrightError("LINK_IN_PATH", `${path} is a symbolic link, which no medium has: it was changed after it was written`, {
    path,
  });
}

function unreadable(path: string, cause: unknown): SitewrightError {
  const { code = "IO_ERROR", why = (cause as Error).message } = fileSystemFault(cause) ?? {};
  return new SitewrightError(code, `${path} cannot be read: ${why}`, { path, cause });
}
