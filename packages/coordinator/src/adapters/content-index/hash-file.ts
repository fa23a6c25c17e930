import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from "node:fs";
import { zstdCompressSync, constants as zlib } from "node:zlib";
import { blake3 } from "@napi-rs/blake-hash";
import { chunkSizes, LARGEST_CHUNK, nextCut } from "@sitewright/protocol";
import { sameFile } from "./walk-source.ts";

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
/** Below this, samples cost more than they tell. */
const SAMPLED_FROM = 4096;
/** A share of the size that compressing must win to be worth the work at both ends. */
const WORTHWHILE = 0.95;
const LEVEL = { params: { [zlib.ZSTD_c_compressionLevel]: 3 } };

// A link planted in the place of the file is refused; a pipe in its place does not make the open wait for a writer.
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Reads a file once, cutting and hashing it. Undefined when it is not, or no longer, the file that `expected` describes.
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

function readChunks(file: number, size: number, tick: (bytes: number) => void): HashedFile {
  const digests: Uint8Array[] = [];
  const sizes: number[] = [];
  const cuts = chunkSizes(size);
  const sample = { raw: 0, packed: 0 };
  let nextSample = 0;
  let done = 0; // bytes of the file before BUFFER[0]
  let filled = 0;
  for (let ended = false; !ended;) {
    const count = readSync(file, BUFFER, filled, BUFFER.length - filled, null);
    ended = count === 0;
    filled += count;
    tick(count);
    let at = 0;
    while (ended ? at < filled : filled - at >= LARGEST_CHUNK) {
      const length = nextCut(BUFFER, at, filled, cuts);
      const chunk = BUFFER.subarray(at, at + length);
      digests.push(blake3(chunk));
      sizes.push(length);
      at += length;
      if (size > SAMPLED_FROM && done + at > nextSample) {
        sample.raw += length;
        sample.packed += zstdCompressSync(chunk, LEVEL).length;
        nextSample = nextSample === 0 ? Math.floor(size / 2) : Number.POSITIVE_INFINITY;
      }
    }
    BUFFER.copyWithin(0, at, filled);
    done += at;
    filled -= at;
  }
  const ratio = sample.raw === 0 ? 1 : Math.min(1, sample.packed / sample.raw);
  return {
    digests: Buffer.concat(digests),
    sizes: Uint32Array.from(sizes),
    packedBytes: Math.round(size * ratio),
    compressible: sample.raw === 0 || ratio < WORTHWHILE,
  };
}
