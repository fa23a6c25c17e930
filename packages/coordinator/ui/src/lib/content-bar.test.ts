import { expect, test } from "vitest";
import { runTotals } from "@sitewright/protocol";
import { aPhase } from "../test-support.ts";
import { contentBar } from "./content-bar.ts";

const barOf = (...phases: Parameters<typeof aPhase>[0][]) => contentBar(runTotals(phases.map((phase) => aPhase(phase))));
const progress = (reusedBytes: number, fetchedBytes: number) => ({
  step: "fetching" as const,
  files: 0,
  reusedBytes,
  fetchedBytes,
  retriedBytes: 30,
});

test("reused, sent and remaining add up to the source bytes of the plan; retransmissions are not included", () => {
  expect(barOf({ state: "running", progress: progress(300, 200) }, {})).toEqual({
    total: 2_000,
    reused: 300,
    sent: 200,
    remaining: 1_500,
    unit: "bytes",
    share: 0.25,
  });
});

test("the bar is full only when every step is done", () => {
  const staged = { kind: "staged" as const, files: 1, reusedBytes: 400, fetchedBytes: 600, retriedBytes: 0 };
  expect(barOf({ state: "done", outcome: staged }, { task: "activate" }).share).toBe(0.99);
  expect(barOf({ state: "done", outcome: staged }, { task: "activate", state: "done" })).toMatchObject({ share: 1, remaining: 0 });
});

test("a verification that is done has covered everything, whatever its last progress", () => {
  expect(barOf({ task: "verify", state: "done", progress: progress(700, 0) })).toMatchObject({ reused: 1_000, remaining: 0, share: 1 });
});

test("work without content counts its steps", () => {
  expect(barOf({ task: "undo", sourceBytes: 0, state: "done" }, { task: "undo", sourceBytes: 0 })).toMatchObject({
    unit: "steps",
    total: 2,
    sent: 1,
    share: 0.5,
  });
});

test("an empty run is at nothing", () => {
  expect(contentBar(runTotals([])).share).toBe(0);
});
