/**
 * For how long a stream may bring nothing until it counts as dead. A stream that waits behind a closed window, or for its turn on a line
 * that many share, is silent too, and opening it again costs the line some kilobytes: so it is waited for as long as nothing has come.
 */
export interface StallLimit {
  /** For the next stream. */
  ms(): number;
  /** The next stream goes over this link: over another one it is waited for as at first. */
  over(link: object): void;
  /** Something arrived. */
  reset(): void;
}

const LONGEST_MS = 10 * 60_000;

/** @param now The process's own clock, ms. */
export function createStallLimit(leastMs: number, now: () => number = () => performance.now()): StallLimit {
  let since = now();
  let last: object | undefined;
  const reset = () => void (since = now());
  return {
    ms: () => Math.max(leastMs, Math.min(LONGEST_MS, now() - since)),
    over(link) {
      if (link !== last) reset();
      last = link;
    },
    reset,
  };
}
