import { openSync, readSync, writeSync, writevSync } from "node:fs";
import { zstdDecompressSync } from "node:zlib";
import { hashBytes } from "@sitewright/node-kit/hash";

/** Bytes of which the frequencies are counted, and bits for each from which on nothing is gained by packing it once more. */
const SAMPLE = 4096;
const PACKED_BITS = 7.9;
const counts = new Uint16Array(256);

/** Whether bytes are as evenly distributed as those of archives and of noise are. */
export function isPacked(bytes: Uint8Array): boolean {
  if (bytes.length < 2 * SAMPLE) return false;
  counts.fill(0);
  const step = Math.floor(bytes.length / SAMPLE);
  for (let at = 0, taken = 0; taken < SAMPLE; at += step, taken++) counts[bytes[at] as number]! += 1;
  let sum = 0;
  for (const count of counts) if (count > 1) sum += count * Math.log2(count);
  return Math.log2(SAMPLE) - sum / SAMPLE > PACKED_BITS;
}

/** At a position of a file, whatever is written at once. */
export function writeAll(fd: number, buffers: readonly Buffer[], at: number): void {
  const size = buffers.reduce((sum, { length }) => sum + length, 0);
  let written = writevSync(fd, buffers, at);
  if (written === size) return;
  // A disk that takes less at once than it is given.
  for (const bytes = Buffer.concat(buffers); written < size;) written += writeSync(fd, bytes, written, size - written, at + written);
}

/** Undefined: they cannot be had. @param readers Open packs, by their number. */
export function readStored(
  readers: Map<number, number>,
  path: string,
  { pack, at, stored }: { pack: number; at: number; stored: number },
): Buffer | undefined {
  let fd = readers.get(pack);
  try {
    if (fd === undefined) readers.set(pack, (fd = openSync(path, "r")));
    const bytes = Buffer.allocUnsafe(stored);
    return readSync(fd, bytes, 0, stored, at) === stored ? bytes : undefined;
  } catch {
    return undefined; // not there, or the disk fails: both mean that it cannot be had
  }
}

/** The bytes of a chunk; undefined: they are damaged. @param size Of them, unpacked. */
export function unpackChunk(digest: Uint8Array, { stored, size }: { stored: Buffer; size: number }): Buffer | undefined {
  const bytes = unpack(stored, size);
  return bytes && hashBytes(bytes).every((byte, i) => byte === digest[i]) ? bytes : undefined;
}

function unpack(stored: Buffer, size: number): Buffer | undefined {
  if (stored.length === size) return stored;
  try {
    const bytes = zstdDecompressSync(stored, { maxOutputLength: size });
    return bytes.length === size ? bytes : undefined;
  } catch {
    return undefined;
  }
}
