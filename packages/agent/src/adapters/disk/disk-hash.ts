import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { chunkSizes, LARGEST_CHUNK, nextCut, type Chunk } from "@sitewright/protocol";
import type { HashAnswer, HashAsk } from "../../app/units/disk-ports.ts";
import { identityOf, type FileIdentity } from "../../domain/file-identity.ts";
import { sameChunks } from "../../domain/rebuild-plan.ts";
import { NO_FOLLOW, type Anchor } from "./anchored.ts";
import { systemCode } from "./disk-error.ts";
import { digestOf } from "../hash.ts";

const WINDOW = 4 * 1024 * 1024;
const window = Buffer.allocUnsafeSlow(WINDOW);

/** Opens a plain file for reading; never a link, and never waits for a pipe. */
export function openForReading(place: string): number {
  const fd = openSync(place, constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0));
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error("ENOENT: no plain file"), { code: "ENOENT" });
}

export function hashFile(anchor: Anchor, ask: HashAsk, check: () => void): HashAnswer | undefined {
  const fd = openIfThere(anchor, ask.path);
  if (fd === undefined) return undefined;
  try {
    const stat = fstatSync(fd, { bigint: true });
    const identity = identityOf(stat);
    const chunks = chunksOf(fd, Number(stat.size), ask, check);
    return chunks && identityOf(fstatSync(fd, { bigint: true })) === identity ? { identity, chunks } : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Undefined for what is no plain file, gone, or not ours to read. */
function openIfThere(anchor: Anchor, path: string): number | undefined {
  try {
    return openForReading(anchor.place(path));
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "EACCES", "LINK_IN_PATH"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
}

function chunksOf(fd: number, size: number, ask: HashAsk, check: () => void): Chunk[] | undefined {
  const { expected } = ask;
  if (expected && expected.reduce((sum, chunk) => sum + chunk.size, 0) === size) {
    const chunks = cutAsExpected(fd, expected, check);
    if (chunks && sameChunks(chunks, expected)) return chunks;
  }
  return cutByContent(fd, size, check);
}

function cutAsExpected(fd: number, expected: readonly Chunk[], check: () => void): Chunk[] | undefined {
  const chunks: Chunk[] = [];
  let offset = 0;
  for (const { size } of expected) {
    check();
    const bytes = readExactly(fd, offset, size);
    if (!bytes) return undefined;
    chunks.push({ digest: digestOf(bytes), size });
    offset += size;
  }
  return chunks;
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
    if (start === 0) return undefined; // read less than a chunk although there is more: the file is shrinking
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

/** Who the file is, if it holds just these chunks and did not change while it was read. */
export function matchFile(anchor: Anchor, path: string, expected: readonly Chunk[], check: () => void): FileIdentity | undefined {
  const fd = openIfThere(anchor, path);
  if (fd === undefined) return undefined;
  try {
    const before = identityOf(fstatSync(fd, { bigint: true }));
    let offset = 0;
    for (const { digest, size } of expected) {
      check();
      const bytes = readExactly(fd, offset, size);
      if (!bytes || digestOf(bytes) !== digest) return undefined;
      offset += size;
    }
    const after = fstatSync(fd, { bigint: true });
    return Number(after.size) === offset && identityOf(after) === before ? before : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Which chunks lie right at their place. */
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
