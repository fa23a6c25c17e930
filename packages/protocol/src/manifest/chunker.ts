/** Bounds of chunk sizes, bytes, and the probability of a cut before and after the average size. */
export interface ChunkSizes {
  min: number;
  average: number;
  max: number;
  maskBefore: number;
  maskAfter: number;
}

/** The largest chunk of any file. */
export const LARGEST_CHUNK = 256 * 1024;

/** For files in which a small edit is likely: little is transferred again for it. */
const FINE: ChunkSizes = { min: 8 * 1024, average: 16 * 1024, max: 64 * 1024, maskBefore: 0xffff0000 | 0, maskAfter: 0xfff00000 | 0 };
/** For files whose list of chunks would otherwise grow large itself. */
const COARSE: ChunkSizes = {
  min: 16 * 1024,
  average: 64 * 1024,
  max: LARGEST_CHUNK,
  maskBefore: 0xffffc000 | 0,
  maskAfter: 0xfffc0000 | 0,
};
const COARSE_FROM = 32 * 1024 * 1024;

/** The bounds for a file of `size` bytes. Like the cuts, they are part of every stored digest. */
export function chunkSizes(fileSize: number): ChunkSizes {
  return fileSize < COARSE_FROM ? FINE : COARSE;
}

const GEAR = gearTable();

/**
 * Length of the chunk that starts at `start`: content-defined cuts after FastCDC (Xia et al., USENIX ATC 2016), with a gear hash and two
 * masks around the wanted size so that chunk sizes cluster around it. Golden vectors pin the parameters.
 * @param end Up to where `data` is filled; unless it is the end of the file, at least `sizes.max` bytes must be there.
 */
export function nextCut(data: Uint8Array, start: number, end: number, sizes: ChunkSizes): number {
  const { min, max, maskBefore, maskAfter } = sizes;
  const available = end - start;
  if (available <= min) return available;
  const last = start + Math.min(available, max);
  const average = Math.min(start + sizes.average, last);
  let hash = 0;
  let at = start + min;
  for (; at < average; at++) {
    hash = ((hash << 1) + (GEAR[data[at] as number] as number)) | 0;
    if ((hash & maskBefore) === 0) return at + 1 - start;
  }
  for (; at < last; at++) {
    hash = ((hash << 1) + (GEAR[data[at] as number] as number)) | 0;
    if ((hash & maskAfter) === 0) return at + 1 - start;
  }
  return last - start;
}

/** 256 fixed random numbers, from the SplitMix32 generator with seed 0. */
function gearTable(): Int32Array {
  const table = new Int32Array(256);
  let state = 0;
  for (let i = 0; i < 256; i++) {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    table[i] = z ^ (z >>> 16);
  }
  return table;
}
