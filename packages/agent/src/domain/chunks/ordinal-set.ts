import type { Ranges } from "@sitewright/protocol";

/** Chunk ordinals, one bit each. */
export interface OrdinalSet {
  add(from: number, to: number): void;
  /** The first so many ranges. */
  ranges(most: number): Ranges;
}

export function createOrdinalSet(): OrdinalSet {
  let bits = new Uint8Array(1024);
  let end = 0;
  const has = (ordinal: number): boolean => (((bits[ordinal >>> 3] as number) >>> (ordinal & 7)) & 1) === 1;

  return {
    add(from, to) {
      if (to >>> 3 >= bits.length) {
        const larger = new Uint8Array(Math.max((to >>> 3) + 1, bits.length * 2));
        larger.set(bits);
        bits = larger;
      }
      end = Math.max(end, to + 1);
      for (let ordinal = from; ordinal <= to; ordinal++) bits[ordinal >>> 3] = (bits[ordinal >>> 3] as number) | (1 << (ordinal & 7));
    },
    ranges(most) {
      const ranges: Ranges = [];
      for (let from = 0; from < end && ranges.length < most; from++) {
        if (!has(from)) continue;
        let to = from;
        while (to + 1 < end && has(to + 1)) to += 1;
        ranges.push([from, to]);
        from = to;
      }
      return ranges;
    },
  };
}
