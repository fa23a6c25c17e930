import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from "node:fs";
import { chunkSizes, LARGEST_CHUNK, LIMITS, nextCut } from "@sitewright/protocol";
import { hashInto } from "./hash-bytes.ts";
import { createSample } from "./sample.ts";

/** The chunks of one file and how well a sample of them compresses. */
export interface HashedFile {
  /** 32 bytes a chunk. */
  digests: Uint8Array;
  /** Bytes of each chunk. */
  sizes: Uint32Array;
  /** Estimate of the file compressed, bytes. */
  packedBytes: number;
  compressible: boolean;
}

const BUFFER = Buffer.allocUnsafeSlow(4 * 1024 * 1024);

/** Of one file: its record in the manifest holds a digest and a size of at most three bytes for each, and its path. */
const MOST_CHUNKS = Math.floor((LIMITS.manifestRecord - LIMITS.path - 1024) / (32 + 3));
/** Bytes; a file beyond this has too many chunks even if all are large. Most reach their limit at a third of it. */
export const LARGEST_FILE = MOST_CHUNKS * LARGEST_CHUNK;

// A link planted in the place of the file is refused; a pipe in its place does not make the open wait for a writer.
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The file has more chunks than a manifest can hold of one file. */
export class FileTooLarge extends Error {}

export function tooLarge(size: bigint): string {
  return `its ${size} bytes are more than one file in a manifest can have, some 120 GB: split it, or take it out`;
}

/**
 * Reads a file once, cutting and hashing it. Undefined when it is not, or no longer, the file that `expected` describes.
 * Throws `FileTooLarge`.
 * @param tick Called with the bytes of each read; throws to stop.
 */
export function hashFile(path: string, expected: BigIntStats, tick: (bytes: number) => void): HashedFile | undefined {
  const file = openSync(path, OPEN_FLAGS);
  try {
    if (!sameFile(fstatSync(file, { bigint: true }), expected)) return undefined;
    const hashed = readChunks(file, Number(expected.size), tick);
    return sameFile(fstatSync(file, { bigint: true }), expected) ? hashed : undefined;
  } finally {
    closeSync(file);
  }
}

function sameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino;
}

/** Undefined when there are more or fewer bytes than `size`. */
function readChunks(file: number, size: number, tick: (bytes: number) => void): HashedFile | undefined {
  const chunks = createChunkList(size);
  const cuts = chunkSizes(size);
  const sample = createSample(size);
  let done = 0; // bytes of the file before BUFFER[0]
  let filled = 0;
  for (let ended = size === 0; !ended;) {
    const count = readSync(file, BUFFER, filled, BUFFER.length - filled, null);
    filled += count;
    if (count === 0 || done + filled > size) return undefined; // It shrank or grew; one that grows faster than it is read has no end.
    ended = done + filled === size;
    tick(count);
    let at = 0;
    while (ended ? at < filled : filled - at >= LARGEST_CHUNK) {
      const length = nextCut(BUFFER, at, filled, cuts);
      const chunk = BUFFER.subarray(at, at + length);
      chunks.add(chunk);
      sample.offer(chunk, done + at);
      at += length;
    }
    BUFFER.copyWithin(0, at, filled);
    done += at;
    filled -= at;
  }
  return { ...chunks.packed(), ...sample.estimate() };
}

/** Digests and sizes side by side without an object for each. */
function createChunkList(fileSize: number) {
  let room = Math.ceil(fileSize / chunkSizes(fileSize).average) + 1;
  let digests = Buffer.alloc(room * 32);
  let sizes = new Uint32Array(room);
  let count = 0;
  return {
    add(chunk: Uint8Array): void {
      if (count === room) {
        if (count >= MOST_CHUNKS) throw new FileTooLarge();
        room = Math.min(Math.ceil(room * 1.5), MOST_CHUNKS);
        digests = grown(digests, Buffer.alloc(room * 32));
        sizes = grown(sizes, new Uint32Array(room));
      }
      hashInto(digests, count * 32, chunk);
      sizes[count] = chunk.length;
      count += 1;
    },
    packed: () => ({ digests: digests.subarray(0, count * 32), sizes: sizes.subarray(0, count) }),
  };
}

function grown<T extends Buffer | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
