import { expect, test } from "vitest";
import { createStallLimit } from "./stall-limit.ts";

test("while nothing comes each stream is waited for as long as all before it, up to ten minutes, until something comes", () => {
  let now = 0;
  const stall = createStallLimit(60_000, () => now);
  const waits = Array.from({ length: 6 }, () => {
    const ms = stall.ms();
    now += ms;
    return ms / 60_000;
  });
  expect(waits).toEqual([1, 1, 2, 4, 8, 10]);
  stall.reset();
  expect(stall.ms()).toBe(60_000);
});
