import { expect, test } from "vitest";
import { createLinePace } from "./line-pace.ts";

/** 1,000 bytes each ms. */
const LINE = { address: "SEC", budget: 8_000_000 };
const SLICE = 5_000;

test("the streams of one line send what was granted for it at its pace together, and those of another line at once", async () => {
  const pace = createLinePace();
  const began = performance.now();
  const streams = Array.from({ length: 4 }, async () => {
    for (let slices = 0; slices < 5; slices++) await pace.turn(LINE, SLICE);
  });
  await pace.turn({ ...LINE, address: "OTH" }, SLICE);
  const other = performance.now() - began;
  await Promise.all(streams);
  const ms = performance.now() - began;
  // 19 slices of 5 ms come before the last one, of which one may be caught up; timers may be a little early.
  expect(ms).toBeGreaterThanOrEqual(17 * 5);
  expect(other).toBeLessThan(ms);
});

test("what a process that stood still did not send is not sent at once afterwards", async () => {
  const pace = createLinePace();
  await pace.turn(LINE, SLICE);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  const began = performance.now();
  for (let slices = 0; slices < 5; slices++) await pace.turn(LINE, SLICE);
  expect(performance.now() - began).toBeGreaterThanOrEqual(2 * 5);
});

test("a line that was closed meanwhile still carries what was granted before", async () => {
  const pace = createLinePace();
  await pace.turn({ ...LINE, budget: 0 }, SLICE);
  await expect(pace.turn({ ...LINE, budget: 0 }, SLICE)).resolves.toBeUndefined();
});
