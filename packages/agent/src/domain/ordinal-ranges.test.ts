import fc from "fast-check";
import { expect, test } from "vitest";
import { rangesOf } from "./ordinal-ranges.ts";

test("neighbours share a range", () => {
  expect(rangesOf([1, 2, 3, 7, 9, 10])).toEqual([
    [1, 3],
    [7, 7],
    [9, 10],
  ]);
});

test("the ranges cover exactly the ordinals asked for", () => {
  const ascending = fc.uniqueArray(fc.nat(200)).map((ordinals) => ordinals.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(ascending, (ordinals) => {
      const covered = rangesOf(ordinals).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
      expect(covered).toEqual(ordinals);
    }),
  );
});
