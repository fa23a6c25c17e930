import fc from "fast-check";
import { expect, test } from "vitest";
import { rangeBatch } from "./ordinal-ranges.ts";

test("neighbours share a range, and a full request ends before the next range", () => {
  expect(rangeBatch([1, 2, 3, 7, 9, 10], 0)).toEqual({
    ranges: [
      [1, 3],
      [7, 7],
      [9, 10],
    ],
    end: 6,
  });
  expect(rangeBatch([1, 2, 3, 7, 9, 10], 1, 2)).toEqual({
    ranges: [
      [2, 3],
      [7, 7],
    ],
    end: 4,
  });
});

test("one batch after the other covers exactly the ordinals asked for", () => {
  const ascending = fc.uniqueArray(fc.nat(200)).map((ordinals) => ordinals.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(ascending, fc.integer({ min: 1, max: 5 }), (ordinals, limit) => {
      const covered: number[] = [];
      for (let at = 0; at < ordinals.length;) {
        const { ranges, end } = rangeBatch(ordinals, at, limit);
        expect(ranges.length).toBeLessThanOrEqual(limit);
        for (const [from, to] of ranges) for (let ordinal = from; ordinal <= to; ordinal++) covered.push(ordinal);
        expect(covered).toHaveLength(end);
        at = end;
      }
      expect(covered).toEqual(ordinals);
    }),
  );
});
