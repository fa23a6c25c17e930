import { expect, test } from "vitest";
import { bundleStarts, lastNotAbove } from "./bundles.ts";

const starts = (lengths: number[], limit: number, others: number[] = []) => [
  ...bundleStarts(Uint32Array.from(lengths), (ordinal) => others.includes(ordinal), limit),
];

test("chunks are bundled up to the limit", () => {
  expect(starts([40, 40, 20, 1, 99, 1], 100)).toEqual([0, 3, 5]);
});

test("a chunk above the limit is a bundle of its own", () => {
  expect(starts([10, 300, 10, 10], 100)).toEqual([0, 1, 2]);
});

test("compressible chunks are not bundled with incompressible ones", () => {
  expect(starts([10, 10, 10, 10], 100, [1, 3])).toEqual([0, 1, 3]);
});

test("a manifest without chunks has no bundles", () => {
  expect(starts([], 100)).toEqual([]);
});

test.each([
  [4, -1],
  [5, 0],
  [6, 0],
  [7, 2],
  [100, 3],
])("of an ascending list, the last one not above %i has the index %i", (value, index) => {
  expect(lastNotAbove(Uint32Array.from([5, 7, 7, 9]), value)).toBe(index);
});
