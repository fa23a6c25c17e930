import fc from "fast-check";
import { expect, test } from "vitest";
import { rangesOf, createOrdinalSet } from "./ordinals.ts";

test("its ranges cover exactly what was added, in any order", () => {
  const ranges = fc.array(
    fc.tuple(fc.nat(20_000), fc.nat(20)).map(([from, more]): [number, number] => [from, from + more]),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(ranges, (added) => {
      const set = createOrdinalSet();
      for (const [from, to] of added) set.add(from, to);
      const all = new Set(added.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)));
      expect(set.ranges(Infinity)).toEqual(rangesOf([...all].toSorted((a, b) => a - b)));
    }),
  );
});

test("of many ranges it returns the first ones", () => {
  const set = createOrdinalSet();
  for (let ordinal = 0; ordinal < 100; ordinal += 2) set.add(ordinal, ordinal);
  expect(set.ranges(2)).toEqual([
    [0, 0],
    [2, 2],
  ]);
});
