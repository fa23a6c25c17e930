/**
 * Bytes that may be in transit to one unit: half a second of its line, so that kernel buffers hide no more than that, plus what a long path
 * holds in transit.
 */
export function creditWindow(bitsPerSecond: number | undefined, roundTripMs = 0): number {
  if (bitsPerSecond === undefined) return MAX;
  return Math.min(MAX, Math.max(MIN, Math.floor((bitsPerSecond / 8) * (0.5 + roundTripMs / 1000))));
}

const MIN = 16 * 1024;
const MAX = 1024 * 1024;
