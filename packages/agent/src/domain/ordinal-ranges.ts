import { LIMITS } from "@sitewright/protocol";

export interface RangeBatch {
  /** Both ends included, ascending. */
  ranges: [from: number, to: number][];
  /** Index after the last ordinal that the ranges cover. */
  end: number;
}

/**
 * Folds ascending chunk ordinals into ranges, from the index `start` on, until they end or one request is full.
 */
export function rangeBatch(ordinals: readonly number[], start: number, limit: number = LIMITS.contentRanges): RangeBatch {
  const ranges: RangeBatch["ranges"] = [];
  let last: [number, number] | undefined;
  let at = start;
  for (; at < ordinals.length; at++) {
    const ordinal = ordinals[at] as number;
    if (last && ordinal === last[1] + 1) {
      last[1] = ordinal;
      continue;
    }
    if (ranges.length === limit) break;
    last = [ordinal, ordinal];
    ranges.push(last);
  }
  return { ranges, end: at };
}
