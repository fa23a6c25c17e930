/** Bytes that may be under way to one unit: half a second of its line, so that no kernel buffer hides more than that. */
export function creditWindow(bitsPerSecond: number | undefined): number {
  if (bitsPerSecond === undefined) return MAX;
  return Math.min(MAX, Math.max(MIN, Math.floor(bitsPerSecond / 8 / 2)));
}

const MIN = 16 * 1024;
const MAX = 1024 * 1024;
