import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { chunkSizes, LARGEST_CHUNK, nextCut, type Chunk } from "@sitewright/protocol";
import { IN_USE, type HashAnswer, type MatchAsk } from "../../../app/ports/disk.ts";
import { sameContentTimes, sizeOf, type FileIdentity } from "../../../domain/tree/file-identity.ts";
import { openBelow, type Anchor } from "../anchor.ts";
import { systemCode } from "../disk-error.ts";
import { patiently } from "../patiently.ts";
import { platform } from "../platform/platform.ts";
import { READ } from "../platform/port.ts";
import { digestOf } from "@sitewright/node-kit/hash";

const WINDOW = 4 * 1024 * 1024;
const window = Buffer.allocUnsafeSlow(WINDOW);

/** Opens a plain file for reading. */
export function openForReading(place: string): number {
  const fd = openSync(place, READ);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error("ENOENT: no plain file"), { code: "ENOENT" });
}

/** Cuts a file by its content. Undefined if it is missing, not a plain file, unreadable, or changed while it was read. */
export function hashFile(anchor: Anchor, path: string, check: () => void): HashAnswer | undefined {
  const hashed = withinReach(
    () => openForReading(anchor.place(path)),
    (fd) => {
      const identity = platform.identityOfOpen(fd);
      const chunks = cutByContent(fd, sizeOf(identity), check);
      return chunks && platform.identityOfOpen(fd) === identity ? { identity, chunks } : undefined;
    },
  );
  return hashed === IN_USE ? undefined : hashed;
}

/** Missing, not a plain file, no permission, or on an unreadable part of the disk: its content is not available. */
const OUT_OF_REACH = new Set([
  "ENOENT",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
  "LINK_IN_PATH",
  "EACCES",
  "EPERM",
  "ENXIO",
  "EIO",
  "EUCLEAN",
  "EBADMSG",
]);

/** Works on an open file; undefined if it cannot be read. */
export function withinReach<T>(open: () => number, work: (fd: number) => T | undefined): T | typeof IN_USE | undefined {
  let fd: number | undefined;
  try {
    fd = patiently(open);
    return work(fd);
  } catch (error) {
    const code = systemCode(error) ?? "";
    if (OUT_OF_REACH.has(code)) return undefined;
    if (code === "EBUSY") return IN_USE;
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function cutByContent(fd: number, size: number, check: () => void): Chunk[] | undefined {
  const chunks: Chunk[] = [];
  const sizes = chunkSizes(size);
  for (let offset = 0; offset < size;) {
    check();
    const filled = readSync(fd, window, 0, Math.min(WINDOW, size - offset), offset);
    if (filled === 0) return undefined;
    const atEnd = offset + filled === size;
    let start = 0;
    while (start < filled && (atEnd || filled - start >= LARGEST_CHUNK)) {
      const length = nextCut(window, start, filled, sizes);
      chunks.push({ digest: digestOf(window.subarray(start, start + length)), size: length });
      start += length;
    }
    if (start === 0) return undefined; // a short read although there is more: the file is shrinking
    offset += start;
  }
  return chunks;
}

/** Bytes of a chunk, valid until the next read; undefined when the file ends before. */
export function readExactly(fd: number, offset: number, size: number): Buffer | undefined {
  const target = size <= WINDOW ? window : Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const read = readSync(fd, target, filled, size - filled, offset + filled);
    if (read === 0) return undefined;
    filled += read;
  }
  return target.subarray(0, size);
}

/** Another order that adds or removes a link changes the ctime of a file that is being read: then it is read again. */
const READS = 5;

/** Identity of a file that was found as `identity` and holds exactly these chunks; undefined if it was changed meanwhile. */
export function matchFile(
  anchor: Anchor,
  { path, identity, chunks }: MatchAsk,
  check: () => void,
): FileIdentity | typeof IN_USE | undefined {
  return withinReach(
    () => openBelow(anchor, path, READ),
    (fd) => {
      let before = identity;
      for (let read = 0; read < READS; read++) {
        if (!holds(fd, chunks, check)) return undefined;
        // The identity after reading also shows that the file has not grown.
        const after = platform.identityOfOpen(fd);
        if (after === before) return after;
        if (!sameContentTimes(after, before)) return undefined;
        before = after;
      }
      return undefined;
    },
  );
}

function holds(fd: number, chunks: readonly Chunk[], check: () => void): boolean {
  let offset = 0;
  for (const { digest, size } of chunks) {
    check();
    const bytes = readExactly(fd, offset, size);
    if (!bytes || digestOf(bytes) !== digest) return false;
    offset += size;
  }
  return true;
}

/** Which chunks are correct in place. */
export function checkChunks(anchor: Anchor, path: string, expected: readonly Chunk[], check: () => void): boolean[] {
  const fd = openForReading(anchor.place(path));
  try {
    let offset = 0;
    return expected.map(({ digest, size }) => {
      check();
      const bytes = readExactly(fd, offset, size);
      offset += size;
      return bytes !== undefined && digestOf(bytes) === digest;
    });
  } finally {
    closeSync(fd);
  }
}
