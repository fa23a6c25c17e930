import { expect, test } from "vitest";
import { aPhase, anAddress } from "../../../test-support/fakes.ts";
import type { Address } from "../../domain/sites/hierarchy.ts";
import { createMeasuredRates } from "./measured-rates.ts";

const progress = { step: "fetching" as const, files: 1, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 };
const phase = aPhase({ system: "S1", address: "SEC", progress });
const FREE = anAddress("SEC");

/** Sends this many bytes in each of several checks, five seconds apart. */
function measure(path: Address[], bytes: readonly number[], open = [phase]) {
  const measured = createMeasuredRates();
  measured.look(open, () => path, 0);
  for (const [index, sent] of bytes.entries()) {
    measured.sent(path.length === 0 ? undefined : "SEC", sent);
    measured.look(open, () => path, (index + 1) * 5000);
  }
  return measured.rates();
}

test("a line without a limit is known by its measured traffic, headers included, and so is the coordinator's own network", () => {
  expect([...measure([FREE], [5_000_000])]).toEqual([["SEC", 8_287_373]]);
  const { address: _, ...own } = phase;
  expect([...measure([], [5_000_000], [own])]).toEqual([["", 8_287_373]]);
});

test("time without work, behind a closed window, or on a path with a limit is not measured", () => {
  expect([...measure([FREE], [9], [{ ...phase, state: "waiting" }])]).toEqual([]);
  expect([...measure([{ ...FREE, paused: true }], [9])]).toEqual([]);
  expect([...measure([FREE, anAddress("POR", { bandwidth: 9 })], [9])]).toEqual([]);
});
