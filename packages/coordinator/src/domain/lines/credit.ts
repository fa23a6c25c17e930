/**
 * Bytes that may be under way to one unit: half a second of its line, so that no kernel buffer hides more than that, and what a long
 * way holds by itself.
 */
export function creditWindow(bitsPerSecond: number | undefined, roundTripMs = 0): number {
  if (bitsPerSecond === undefined) return MAX;
  return Math.min(MAX, Math.max(MIN, Math.floor((bitsPerSecond / 8) * (0.5 + roundTripMs / 1000))));
}

const MIN = 16 * 1024;
const MAX = 1024 * 1024;
