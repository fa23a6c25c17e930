import { creditWindow } from "./credit.ts";

/** How content is compressed for one line. */
export interface Packing {
  /** zstd level; 0: not compressed at all. */
  level: number;
  /**
   * Maximum bytes of a frame before compression, unless one chunk alone has more. A power of two, so that there are few kinds of bundles.
   */
  frame: number;
}

/**
 * Ascending, by line rate (bit/s): the highest level that keeps one core well ahead of the line. Measured with text in bundles of 256 KiB,
 * which shrinks to a fifth: level 15 packs 5 MB/s, 12: 28, 9: 36, 6: 73, 3: 180. Above 15 almost nothing is gained, below 3 no time is
 * saved, and a faster line transfers the raw bytes as quickly.
 */
const LEVELS: readonly (readonly [most: number, level: number])[] = [
  [5_000_000, 15],
  [25_000_000, 12],
  [50_000_000, 9],
  [100_000_000, 6],
  [500_000_000, 3],
];
const SMALLEST_FRAME = 16 * 1024;
const LARGEST_FRAME = 256 * 1024;

/** @param bitsPerSecond Of the line; undefined: no limit, and compression would only cost time. */
export function packingFor(bitsPerSecond: number | undefined): Packing {
  const quarter = creditWindow(bitsPerSecond) / 4;
  const frame = Math.min(LARGEST_FRAME, Math.max(SMALLEST_FRAME, 2 ** Math.floor(Math.log2(quarter))));
  return { level: LEVELS.find(([most]) => (bitsPerSecond ?? Infinity) <= most)?.[1] ?? 0, frame };
}

/** Speed of one core at each level, MB/s: see above. */
const SPEEDS: readonly (readonly [level: number, speed: number])[] = [
  [15, 5],
  [12, 28],
  [9, 36],
  [6, 73],
  [3, 180],
];
export const HIGHEST_LEVEL = 15;
/** Shares of a thread's time for compression: above the first the level is lowered, below the second it may be raised. */
const TOO_MUCH = 0.7;
const ENOUGH = 0.5;

/**
 * The highest level that a thread compresses with from now on. Many lines together want more than one core can compress, and other reads
 * would then wait.
 * @param highest Up to now.
 * @param share Share of the thread's time that compression took, from 0 to 1.
 */
export function nextHighestLevel(highest: number, share: number): number {
  const at = SPEEDS.findIndex(([level]) => level === highest);
  const [better, now, worse] = [SPEEDS[at - 1], SPEEDS[at], SPEEDS[at + 1]];
  if (share > TOO_MUCH) return worse?.[0] ?? highest;
  return better && now && (share * now[1]) / better[1] <= ENOUGH ? better[0] : highest;
}
