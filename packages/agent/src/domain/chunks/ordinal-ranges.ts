import type { ManifestEntry, Ranges } from "@sitewright/protocol";

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

/** All chunks of a window but these, in any order. */
export function rangesWithout(window: { entries: readonly ManifestEntry[]; first: number }, without: readonly number[]): Ranges {
  let end = window.first;
  for (const entry of window.entries) if (entry.kind === "file") end += entry.chunks.length;
  const ranges: Ranges = [];
  let from = window.first;
  for (const ordinal of [...without.toSorted((a, b) => a - b), end]) {
    if (ordinal > from) ranges.push([from, ordinal - 1]);
    from = ordinal + 1;
  }
  return ranges;
}
