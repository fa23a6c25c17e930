import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from "node:fs";
import { chunkSizes, LARGEST_CHUNK, LIMITS, nextCut } from "@sitewright/protocol";
import { hashInto } from "@sitewright/node-kit/hash";
import { zstdCompressSync, constants as zlib } from "node:zlib";

/** Smaller files are not sampled: the cost exceeds the benefit; bytes. */
const SAMPLED_FROM = 4096;
/** From this size on a sample is actually compressed: that costs as much as reading a small file. */
const COMPRESSED_FROM = 32 * 1024;
/** From this size on a second sample is taken in the middle: archives and images begin with text. */
const SAMPLED_TWICE_FROM = 128 * 1024;
/** Bytes of one sample. */
const SAMPLE = 32 * 1024;
/** Share of the size that compression must save to be worth the work on both sides. */
const WORTHWHILE = 0.95;
/**
 * Ratio of the result of packing to the estimate from samples: packing uses bundles of up to 256 KiB and a higher level. Measured at level
 * 12 on nine trees of programs, texts and libraries: 0.27 to 0.55 of the entropy estimate for small files, 0.71 to 1.07 of the sample
 * estimate for larger ones.
 */
const BUNDLED = { small: 0.45, larger: 0.8 };
/** For files too small to be sampled, which share their bundles too. */
const UNSAMPLED = 0.45;
/** Output buffer allocated at once: allocation is most of the cost of a small sample. */
const OPTIONS = { params: { [zlib.ZSTD_c_compressionLevel]: 3 }, chunkSize: SAMPLE + 1024 };

/** Estimates how well a file compresses from a few of its chunks. */
function createSample(size: number) {
  let raw = 0;
  let packed = 0;
  let next = size > SAMPLED_FROM ? 0 : Number.POSITIVE_INFINITY;
  return {
    /** @param from Offset of the chunk in the file. */
    offer(chunk: Uint8Array, from: number): void {
      if (from + chunk.length <= next) return;
      const bytes = chunk.subarray(0, size < COMPRESSED_FROM ? SAMPLED_FROM : SAMPLE);
      raw += bytes.length;
      packed += size < COMPRESSED_FROM ? entropyBytes(bytes) : zstdCompressSync(bytes, { ...OPTIONS, pledgedSrcSize: bytes.length }).length;
      next = next === 0 && size >= SAMPLED_TWICE_FROM ? Math.floor(size / 2) : Number.POSITIVE_INFINITY;
    },
    estimate() {
      if (raw === 0) return { packedBytes: Math.round(size * UNSAMPLED), compressible: true };
      const ratio = packed / raw;
      const compressible = ratio < WORTHWHILE;
      const bundled = size < COMPRESSED_FROM ? BUNDLED.small : BUNDLED.larger;
      return { packedBytes: Math.round(compressible ? size * ratio * bundled : size), compressible };
    },
  };
}

const counts = new Uint32Array(256);

/** Size of the bytes with an entropy code: compressed data and noise gain nothing, text a third or more. */
function entropyBytes(bytes: Uint8Array): number {
  counts.fill(0);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  let bits = bytes.length * Math.log2(bytes.length);
  for (const count of counts) if (count > 0) bits -= count * Math.log2(count);
  return bits / 8;
}

/** The chunks of one file and an estimate of its compressed size. */
export interface HashedFile {
  /** 32 bytes a chunk. */
  digests: Uint8Array;
  /** Bytes of each chunk. */
  sizes: Uint32Array;
  /** Estimated compressed size of the file, bytes. */
  packedBytes: number;
  compressible: boolean;
}

const BUFFER = Buffer.allocUnsafeSlow(4 * 1024 * 1024);

/** Chunks of one file: its record in the manifest holds a digest and a size of at most three bytes for each, and its path. */
const MOST_CHUNKS = Math.floor((LIMITS.manifestRecord - LIMITS.path - 1024) / (32 + 3));
/** Bytes; a larger file has too many chunks even if all are of maximum size. Most files reach the limit at a third of it. */
export const LARGEST_FILE = MOST_CHUNKS * LARGEST_CHUNK;

// A link in the place of the file is refused; a pipe in its place does not block the open.
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The file has more chunks than a manifest can hold for one file. */
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
  let done = 0; // offset in the file of BUFFER[0]
  let filled = 0;
  for (let ended = size === 0; !ended;) {
    const count = readSync(file, BUFFER, filled, BUFFER.length - filled, null);
    filled += count;
    if (count === 0 || done + filled > size) return undefined; // It shrank or grew; a file that grows faster than it is read never ends.
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

/** Digests and sizes in typed arrays, without an object for each. */
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
