import { expect, test } from "vitest";
import { packingEffort } from "./packing-effort.ts";

/** A thread that packs for this share of every second, at the highest permitted level. Returns the level of each second. */
function levels(shares: readonly number[], wanted: number): number[] {
  let now = 0;
  const effort = packingEffort(() => now);
  return shares.map((share) => {
    effort.spend(() => (now += share * 1000));
    now += (1 - share) * 1000;
    return effort.levelFor(wanted);
  });
}

test("a thread that does little but pack lowers its level step by step, to a useful minimum", () => {
  expect(levels([0.95, 0.95, 0.95, 0.95, 0.95, 0.95], 15)).toEqual([12, 9, 6, 3, 3, 3]);
  expect(levels([0.95, 0.95], 6)).toEqual([6, 6]);
});

test("the level rises again only when that would leave time for others", () => {
  expect(levels([0.95, 0.2, 0.2, 0.08], 15)).toEqual([12, 12, 12, 15]);
  expect(levels([0.6, 0.6, 0.6], 15)).toEqual([15, 15, 15]);
});
