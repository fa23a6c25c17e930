/**
 * Content-defined cuts after FastCDC (Xia et al., USENIX ATC 2016): a gear hash, and two masks around the wanted size so that
 * chunk sizes gather there. The parameters are part of every digest ever made: golden vectors pin them.
 */
export const CHUNK = { min: 16 * 1024, average: 64 * 1024, max: 256 * 1024 } as const;

const MASK_BEFORE = 0xffffc000 | 0; // 18 bits: a cut is rare before the average
const MASK_AFTER = 0xfffc0000 | 0; // 14 bits: and frequent after it
const GEAR = gearTable();

/**
 * Length of the chunk that starts at `start`.
 * @param end Up to where `data` is filled; unless it is the end of the file, at least `CHUNK.max` bytes must be there.
 */
export function nextCut(data: Uint8Array, start: number, end: number): number {
  const available = end - start;
  if (available <= CHUNK.min) return available;
  const last = start + Math.min(available, CHUNK.max);
  const average = Math.min(start + CHUNK.average, last);
  let hash = 0;
  let at = start + CHUNK.min;
  for (; at < average; at++) {
    hash = ((hash << 1) + (GEAR[data[at] as number] as number)) | 0;
    if ((hash & MASK_BEFORE) === 0) return at + 1 - start;
  }
  for (; at < last; at++) {
    hash = ((hash << 1) + (GEAR[data[at] as number] as number)) | 0;
    if ((hash & MASK_AFTER) === 0) return at + 1 - start;
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
