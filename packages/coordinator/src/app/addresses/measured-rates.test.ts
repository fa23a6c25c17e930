import { expect, test } from "vitest";
import { aPhase, anAddress } from "../../../test-support/fakes.ts";
import type { Address } from "../../domain/sites/hierarchy.ts";
import { createMeasuredRates } from "./measured-rates.ts";

const progress = { step: "fetching" as const, files: 1, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 };
const phase = aPhase({ system: "S1", address: "SEC", progress });
const FREE = anAddress("SEC");

/** Sends this many bytes in each of several checks, five seconds apart. @param set Added to the machine's clock between two checks, ms. */
function measure(path: Address[], bytes: readonly number[], { open = [phase], set = 0 } = {}) {
  let steady = 0;
  const measured = createMeasuredRates(() => steady);
  measured.look(open, () => path, 0);
  for (const sent of bytes) {
    measured.sent(path.length === 0 ? undefined : "SEC", sent);
    steady += 5000;
    measured.look(open, () => path, steady + set);
  }
  return measured.rates();
}

test("a line without a limit is known by its measured traffic, headers included, and so is the coordinator's own network", () => {
  expect([...measure([FREE], [5_000_000])]).toEqual([["SEC", 8_287_373]]);
  // Although the phase was planned when its system was behind a line.
  expect([...measure([], [5_000_000])]).toEqual([["", 8_287_373]]);
});

test("time without work, behind a closed window, or on a path with a limit is not measured", () => {
  expect([...measure([FREE], [9], { open: [{ ...phase, state: "waiting" }] })]).toEqual([]);
  expect([...measure([{ ...FREE, paused: true }], [9])]).toEqual([]);
  expect([...measure([FREE, anAddress("POR", { bandwidth: 9 })], [9])]).toEqual([]);
});

test.each([
  ["set back", -86_400_000],
  ["set ahead", 86_400_000],
])("a rate is measured by a clock that nobody sets: that of the machine was %s by a day", (_, set) => {
  expect([...measure([FREE], [5_000_000], { set })]).toEqual([["SEC", 8_287_373]]);
});
