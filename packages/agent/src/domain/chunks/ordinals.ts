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

/** All chunks of a window except these, in any order. */
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

/** Chunk ordinals, four bytes each. */
export interface OrdinalList {
  readonly length: number;
  add(ordinal: number): void;
  /** Ascending. */
  sorted(): Uint32Array;
}

export function createOrdinalList(): OrdinalList {
  let ordinals = new Uint32Array(256);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(ordinal) {
      if (length === ordinals.length) {
        const larger = new Uint32Array(length * 2);
        larger.set(ordinals);
        ordinals = larger;
      }
      ordinals[length++] = ordinal;
    },
    sorted: () => ordinals.slice(0, length).sort(),
  };
}

/** Chunk ordinals, one bit each. */
export interface OrdinalSet {
  add(from: number, to: number): void;
  /** The first ranges, at most this many. */
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
