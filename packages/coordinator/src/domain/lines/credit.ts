/**
 * Bytes that may be in transit to one unit: half a second of its line, so that kernel buffers hide no more than that, plus what a long path
 * holds in transit.
 */
export function creditWindow(bitsPerSecond: number | undefined, roundTripMs = 0): number {
  if (bitsPerSecond === undefined) return MAX;
  return Math.min(MAX, Math.max(MIN, Math.floor((bitsPerSecond / 8) * (0.5 + roundTripMs / 1000))));
}

/** What of an order may be in transit. */
export interface Credit {
  /** Bytes at most. */
  window: number;
  /** Bytes of room that a stream waits for before it sends more, if it has that much. */
  least: number;
}

/** The credit on a line without a limit is used in pieces of this part: there each write costs more than its bytes. */
const PIECES = 4;
/** A longer path needs all of its window in transit, ms. */
const SHORT_MS = 5;

/** @param bitsPerSecond Undefined: no limit. */
export function creditFor(bitsPerSecond: number | undefined, roundTripMs = 0): Credit {
  const window = creditWindow(bitsPerSecond, roundTripMs);
  return { window, least: bitsPerSecond === undefined && roundTripMs < SHORT_MS ? window / PIECES : 1 };
}

const MIN = 16 * 1024;
const MAX = 1024 * 1024;
