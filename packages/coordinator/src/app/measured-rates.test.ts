import { expect, test } from "vitest";
import { aPhase, anAddress } from "../../test-support/fakes.ts";
import type { Address } from "../domain/hierarchy.ts";
import { createMeasuredRates } from "./measured-rates.ts";

const progress = { step: "fetching" as const, files: 1, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 };
const phase = aPhase({ system: "S1", address: "SEC", progress });
const SLOW = anAddress("SEC", { bandwidth: 1_000_000 });

/** Sends so many bytes in each of some looks, five seconds apart. */
function measure(path: Address[], bytes: readonly number[], open = [phase]) {
  const measured = createMeasuredRates();
  measured.look(open, () => path, 0);
  for (const [index, sent] of bytes.entries()) {
    measured.sent(path.length === 0 ? undefined : "SEC", sent);
    measured.look(open, () => path, (index + 1) * 5000);
  }
  return measured.rates();
}

test("a line without a limit is known by what it carried, headers included, and so is the coordinator's own network", () => {
  expect([...measure([anAddress("SEC")], [5_000_000])]).toEqual([["SEC", 8_320_000]]);
  const { address: _, ...own } = phase;
  expect([...measure([], [5_000_000], [own])]).toEqual([["", 8_320_000]]);
});

test("a line that carries clearly less than its budget for twenty seconds is taken for slower; one that nearly fills it is not", () => {
  expect([...measure([SLOW], [300_000, 300_000, 300_000])]).toEqual([]);
  expect([...measure([SLOW], [300_000, 300_000, 300_000, 300_000])]).toEqual([["SEC", 499_200]]);
  expect([...measure([SLOW], [500_000, 500_000, 500_000, 500_000])]).toEqual([]);
});

test("time without work, behind a closed window, or on a path that shares another line's budget says nothing", () => {
  expect([...measure([SLOW], [0, 0, 0, 0, 0], [{ ...phase, state: "waiting" }])]).toEqual([]);
  expect([...measure([{ ...SLOW, paused: true }], [9, 9, 9, 9, 9])]).toEqual([]);
  expect([...measure([SLOW, anAddress("POR", { bandwidth: 9 })], [9, 9, 9, 9, 9])]).toEqual([]);
});
