import fc from "fast-check";
import type { ManifestEntry } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { rangesOf, rangesWithout } from "./ordinals.ts";

test("neighbours share a range", () => {
  expect(rangesOf([1, 2, 3, 7, 9, 10])).toEqual([
    [1, 3],
    [7, 7],
    [9, 10],
  ]);
});

test("the ranges cover exactly the given ordinals", () => {
  const ascending = fc.uniqueArray(fc.nat(200)).map((ordinals) => ordinals.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(ascending, (ordinals) => {
      const covered = rangesOf(ordinals).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
      expect(covered).toEqual(ordinals);
    }),
  );
});

test("what is left of a window without some of its chunks", () => {
  const file = (chunks: number): ManifestEntry => ({
    kind: "file",
    path: "a",
    mode: 0,
    size: chunks,
    modified: 0,
    chunks: Array.from({ length: chunks }, () => ({ digest: "", size: 1 })),
  });
  const window = { entries: [file(3), { kind: "folder", path: "f", mode: 0 } as const, file(4)], first: 10 };
  expect(rangesWithout(window, [])).toEqual([[10, 16]]);
  expect(rangesWithout(window, [13, 10, 16])).toEqual([
    [11, 12],
    [14, 15],
  ]);
  expect(rangesWithout(window, [10, 11, 12, 13, 14, 15, 16])).toEqual([]);
});
