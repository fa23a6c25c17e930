/**
 * For how long a stream may bring nothing until it counts as dead. A stream that waits behind a closed window, or for its turn on a line
 * that many share, is silent too, and opening it again costs the line some kilobytes: so it is waited for as long as nothing has come.
 */
export interface StallLimit {
  /** For the next stream. */
  ms(): number;
  /** Something arrived, or the link is another one. */
  reset(): void;
}

const LONGEST_MS = 10 * 60_000;

/** @param now The process's own clock, ms. */
export function createStallLimit(leastMs: number, now: () => number = () => performance.now()): StallLimit {
  let since = now();
  return {
    ms: () => Math.max(leastMs, Math.min(LONGEST_MS, now() - since)),
    reset: () => void (since = now()),
  };
}
