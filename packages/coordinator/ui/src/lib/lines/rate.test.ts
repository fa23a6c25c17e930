import { expect, test } from "vitest";
import { runTotals } from "@sitewright/protocol";
import type { RunGroup } from "@sitewright/protocol/api";
import { addSample, rateOf, sampleLines, secondsLeft, type Sample } from "./rate.ts";

const sampled = (...samples: Sample[]) => samples.reduce<Sample[]>((all, sample) => addSample(all, sample), []);

test("a rate looks back ten seconds, and is undefined before the first second", () => {
  expect(rateOf(sampled({ at: 0, wire: 0, settled: 0 }))).toBeUndefined();
  const samples = sampled(
    ...Array.from({ length: 31 }, (_, second) => ({
      at: second * 1000,
      wire: second < 20 ? 0 : (second - 20) * 100,
      settled: second * 10,
    })),
  );
  expect(rateOf(samples)).toEqual({ wire: 100, settled: 10 });
});

test("lowered counters, as after a restart of the coordinator, give no negative rate", () => {
  expect(rateOf(sampled({ at: 0, wire: 900, settled: 0 }, { at: 1000, wire: 100, settled: 0 }))).toBeUndefined();
});

const aLine = (key: string, settledBytes: number, leftBytes: number): RunGroup => ({
  key,
  totals: { ...runTotals([]), wireBytes: 12 },
  settledBytes,
  leftBytes,
});

test("bytes are sampled by the line they cross", () => {
  expect([...sampleLines([aLine("SEC", 1_150, 0)], 3)]).toEqual([["SEC", { at: 3, wire: 12, settled: 1_150 }]]);
});

test("the time left is that of the slowest line", () => {
  const rates = new Map([
    ["SEC", { wire: 0, settled: 500 }],
    ["POR", { wire: 0, settled: 100 }],
  ]);
  expect(secondsLeft([aLine("SEC", 0, 1_000), aLine("POR", 0, 600), aLine("FAR", 0, 0)], rates)).toBe(6);
});

test("while a line with work makes no progress, no end is stated", () => {
  const work = [aLine("SEC", 0, 1_000)];
  expect(secondsLeft(work, new Map([["SEC", { wire: 0, settled: 0 }]]))).toBeUndefined();
  expect(secondsLeft(work, new Map())).toBeUndefined();
  expect(secondsLeft([aLine("SEC", 1_000, 0)], new Map())).toBeUndefined();
});
