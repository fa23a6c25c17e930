import { expect, test } from "vitest";
import { aPhase } from "../../test-support.ts";
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

test("bytes are sampled by the line they cross; a phase that is done counts as settled completely", () => {
  const lines = sampleLines(
    [
      aPhase({
        address: "SEC",
        wireBytes: 5,
        progress: { step: "fetching", files: 1, reusedBytes: 100, fetchedBytes: 50, retriedBytes: 0 },
      }),
      aPhase({ address: "SEC", state: "done", wireBytes: 7 }),
      aPhase({ address: "SEC", task: "activate", state: "done" }),
    ],
    3,
  );
  expect([...lines]).toEqual([["SEC", { at: 3, wire: 12, settled: 1_150 }]]);
});

test("the time left is that of the slowest line; disconnected systems are not waited for", () => {
  const phases = [
    aPhase({ address: "SEC", sourceBytes: 1_000 }),
    aPhase({ address: "POR", sourceBytes: 600 }),
    aPhase({ address: "FAR", sourceBytes: 9_999, waitingFor: "agent-offline" }),
  ];
  const rates = new Map([
    ["SEC", { wire: 0, settled: 500 }],
    ["POR", { wire: 0, settled: 100 }],
  ]);
  expect(secondsLeft(phases, rates)).toBe(6);
});

test("while a line with work makes no progress, no end is stated", () => {
  expect(secondsLeft([aPhase()], new Map([["SEC", { wire: 0, settled: 0 }]]))).toBeUndefined();
  expect(secondsLeft([aPhase()], new Map())).toBeUndefined();
  expect(secondsLeft([aPhase({ state: "done" })], new Map())).toBeUndefined();
});
