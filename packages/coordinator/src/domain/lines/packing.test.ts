import { expect, test } from "vitest";
import { packingFor } from "./packing.ts";

test.each([
  [undefined, 0],
  [10_000_000_000, 0],
  [200_000_000, 3],
  [100_000_000, 6],
  [50_000_000, 9],
  [20_000_000, 12],
  [2_000_000, 15],
  [0, 15],
])("a line of %s bit/s is packed for with level %i", (bandwidth, level) => {
  expect(packingFor(bandwidth).level).toBe(level);
});

test.each([
  [undefined, 256],
  [20_000_000, 256],
  [10_000_000, 128],
  [2_000_000, 16],
  [64_000, 16],
])("a frame on a line of %s bit/s has %i KiB at most, a quarter of what may be in transit where that is more than 16", (bandwidth, kib) => {
  expect(packingFor(bandwidth).frame).toBe(kib * 1024);
});
