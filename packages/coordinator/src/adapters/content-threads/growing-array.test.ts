import { expect, test } from "vitest";
import { growingArray } from "./chunk-table.ts";

test("values are kept in order, however many are added", () => {
  const numbers = growingArray(Uint32Array);
  for (let i = 0; i < 5000; i++) numbers.push(i);
  numbers.append(Uint32Array.from([1, 2, 3]));
  expect(numbers.length).toBe(5003);
  expect(numbers.done()).toEqual(Uint32Array.from([...Array(5000).keys(), 1, 2, 3]));
});

test("many values may be added at once, and none", () => {
  const bytes = growingArray(Uint8Array);
  bytes.append(new Uint8Array(100_000).fill(7));
  expect(bytes.done().every((byte) => byte === 7)).toBe(true);
  expect(growingArray(BigInt64Array).done()).toHaveLength(0);
});
