import { expect, test } from "vitest";
import { createAsked } from "./asked.ts";

test("chunks are taken in the order requested, across ranges and requests, as long as they fit", () => {
  const asked = createAsked();
  asked.add([
    [0, 2],
    [5, 5],
  ]);
  asked.add([[7, 9]]);
  expect(asked.take((ordinal) => ordinal < 8)).toEqual([
    [0, 2],
    [5, 5],
    [7, 7],
  ]);
  expect([asked.next(), asked.taken()]).toEqual([8, 2]);
  expect(asked.take(() => false)).toEqual([[8, 8]]);
  expect(asked.take(() => true)).toEqual([[9, 9]]);
  expect([asked.next(), asked.taken()]).toEqual([undefined, 3]);
});

test("a second request from an earlier place is split off", () => {
  const asked = createAsked();
  asked.add([[3, 4]]);
  asked.add([[1, 3]]);
  expect(asked.take(() => true)).toEqual([[3, 4]]);
  expect(asked.take(() => true)).toEqual([[1, 3]]);
});

test("many ranges are processed", () => {
  const asked = createAsked();
  const ranges = Array.from({ length: 5000 }, (_, i): [number, number] => [i * 2, i * 2]);
  asked.add(ranges);
  let count = 0;
  while (asked.next() !== undefined) count += asked.take((ordinal) => ordinal % 20 !== 0).length;
  expect(count).toBe(5000);
});
