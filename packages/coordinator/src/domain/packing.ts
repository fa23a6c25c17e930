import { creditWindow } from "./credit.ts";

/** How content is packed for one line. */
export interface Packing {
  /** Of zstd; 0: not packed at all. */
  level: number;
  /** Bytes of a frame at most before packing, unless one chunk alone has more. A power of two, so that few kinds of bundles exist. */
  frame: number;
}

/**
 * From the fastest line (bit/s) down: the highest level that one core packs text with clearly faster than the line takes the result
 * (measured with bundles of 256 KiB: level 1 makes 500 Mbit/s of packed text, 3: 360, 6: 140, 9: 64, 12: 22, 15: 10). Beyond 15 next to
 * nothing is won.
 */
const LEVELS: readonly (readonly [most: number, level: number])[] = [
  [8_000_000, 15],
  [20_000_000, 12],
  [60_000_000, 9],
  [120_000_000, 6],
  [300_000_000, 3],
  [500_000_000, 1],
];
const SMALLEST_FRAME = 16 * 1024;
const LARGEST_FRAME = 256 * 1024;

/** @param bitsPerSecond Of the line; undefined: nothing limits it, and packing would only cost time. */
export function packingFor(bitsPerSecond: number | undefined): Packing {
  const quarter = creditWindow(bitsPerSecond) / 4;
  const frame = Math.min(LARGEST_FRAME, Math.max(SMALLEST_FRAME, 2 ** Math.floor(Math.log2(quarter))));
  return { level: LEVELS.find(([most]) => (bitsPerSecond ?? Infinity) <= most)?.[1] ?? 0, frame };
}
