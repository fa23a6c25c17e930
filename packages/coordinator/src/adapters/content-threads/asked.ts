import type { Ranges } from "@sitewright/protocol";

/** The chunks that were requested on a stream and are not sent yet, in the order requested. */
export interface Asked {
  add(ranges: Ranges): void;
  /** How many ranges were taken completely. */
  taken(): number;
  /** The next chunk. */
  next(): number | undefined;
  /** Takes the next chunks as long as they ascend and `fits`: at least one. */
  take(fits: (ordinal: number) => boolean): Ranges;
}

export function createAsked(): Asked {
  let ranges: Ranges = [];
  let first = 0;
  let taken = 0;

  function dropDone(): void {
    // Compacted occasionally, not each time.
    if (first < 1024 && first < ranges.length) return;
    ranges = ranges.slice(first);
    first = 0;
  }

  return {
    add(more) {
      for (const [from, to] of more) ranges.push([from, to]);
    },
    taken: () => taken,
    next: () => ranges[first]?.[0],
    take(fits) {
      const chunks: Ranges = [];
      let before = -1;
      for (let range = ranges[first]; range && range[0] > before; range = ranges[first]) {
        const [from, to] = range;
        let end = from;
        while (end <= to && (before < 0 || fits(end))) before = end++;
        if (end > from) chunks.push([from, end - 1]);
        if (end <= to) {
          range[0] = end;
          break;
        }
        first += 1;
        taken += 1;
      }
      dropDone();
      return chunks;
    },
  };
}
