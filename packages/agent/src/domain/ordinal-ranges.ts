import type { Ranges } from "@sitewright/protocol";

/** Folds ascending chunk ordinals into ranges, both ends included. */
export function rangesOf(ordinals: readonly number[]): Ranges {
  const ranges: Ranges = [];
  let last: Ranges[number] | undefined;
  for (const ordinal of ordinals) {
    if (last && ordinal === last[1] + 1) {
      last[1] = ordinal;
      continue;
    }
    last = [ordinal, ordinal];
    ranges.push(last);
  }
  return ranges;
}
