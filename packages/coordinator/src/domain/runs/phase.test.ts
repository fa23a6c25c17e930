import { expect, test } from "vitest";
import { DEFAULT_OPTIONS, type Outcome } from "@sitewright/protocol";
import { aPhase as anyPhase, aRun } from "../../../test-support/fakes.ts";
import { aReport } from "../../../../protocol/test-support/reports.ts";
import { heldAfter } from "../sites/held.ts";
import { afterOutcome, MAX_ATTEMPTS, orderOf, reopened, supersededPhases, turnAfter, wantsStageAgain } from "./phase.ts";
import { finish } from "../slices.ts";
import type { Phase, Run } from "./run.ts";

const aPhase = (overrides: Partial<Phase> = {}): Phase =>
  anyPhase({
    id: "p1",
    run: "r1",
    system: "A",
    generation: { epoch: 1, counter: 10 },
    manifest: "m",
    manifestBytes: 5,
    sourceVersion: 3,
    files: 2,
    sourceBytes: 100,
    packedBytes: 60,
    ...overrides,
  });

const failure = (code: "IO_ERROR" | "STAGING_DAMAGED" | "DISK_FULL", retryable: boolean): Outcome => ({
  kind: "failed",
  code,
  message: "",
  retryable,
});
const staged: Outcome = { kind: "staged", files: 2, reusedBytes: 40, fetchedBytes: 60, retriedBytes: 1 };

test("a temporary failure is retried with a rising epoch and growing delay, four times in all", () => {
  let phase = aPhase();
  const delays: number[] = [];
  while (phase.state !== "failed") {
    phase = afterOutcome(phase, failure("IO_ERROR", true), 1000);
    if (phase.state === "waiting") delays.push((phase.notBefore ?? 0) - 1000);
  }
  expect(delays).toEqual([1000, 4000, 15_000]);
  expect(phase.epoch).toBe(MAX_ATTEMPTS);
});

test("a folder in use is waited for with growing pauses for hours, without using up the attempts, and then fails", () => {
  const inUse: Outcome = { kind: "failed", code: "FOLDER_IN_USE", message: "it is open", path: "D:\\dp\\ABC00001", retryable: true };
  let phase = aPhase({ task: "activate", epoch: 1 });
  let now = 1_000_000;
  const begun = now;
  const pauses: number[] = [];
  for (let next = afterOutcome(phase, inUse, now); next.state === "waiting"; next = afterOutcome(phase, inUse, now)) {
    expect(next.epoch).toBe(phase.epoch + 1);
    expect(next.inUse).toEqual({ since: begun, tries: pauses.length + 1, message: "it is open", path: "D:\\dp\\ABC00001" });
    pauses.push((next.notBefore ?? 0) - now);
    now = next.notBefore ?? 0;
    phase = next;
  }
  expect(pauses.slice(0, 9)).toEqual([2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000]);
  expect((now - begun) / 3_600_000).toBeCloseTo(24, 0);
  const waiting = afterOutcome(aPhase({ task: "activate" }), inUse, 1000);
  const other = afterOutcome(waiting, failure("IO_ERROR", true), 5000);
  expect(other).toMatchObject({ state: "waiting", notBefore: 6000 });
  expect(other.inUse).toBeUndefined();
  expect(afterOutcome(waiting, { kind: "activated", folders: 1, previous: true }, 5000).inUse).toBeUndefined();
});

test("a permanent failure is final at once, and so is a verification that found deviations", () => {
  expect(afterOutcome(aPhase(), failure("DISK_FULL", false), 1).state).toBe("failed");
  const different = aReport({ counts: { rights: 1 } });
  expect(afterOutcome(aPhase({ task: "verify" }), different, 1).state).toBe("failed");
  expect(afterOutcome(aPhase({ task: "verify" }), aReport(), 1).state).toBe("done");
  const first = aPhase({ task: "verify", beforeRepair: true });
  expect(afterOutcome(first, different, 1).state).toBe("done");
});

test("a phase's turn comes when the one before is done, and not where that found nothing wrong", () => {
  expect(turnAfter(undefined)).toBe("later");
  expect(turnAfter({ state: "running" })).toBe("later");
  expect(turnAfter({ state: "done", outcome: staged })).toBe("due");
  expect(turnAfter({ state: "done", outcome: aReport({ counts: { damaged: 1 } }) })).toBe("due");
  expect(turnAfter({ state: "done", outcome: aReport() })).toBe("unneeded");
  expect(turnAfter({ state: "done", outcome: aReport() }, { kind: "refresh" })).toBe("unneeded");
  expect(turnAfter({ state: "done", outcome: aReport() }, { kind: "redistribute" })).toBe("due");
  expect(turnAfter({ state: "unneeded" })).toBe("unneeded");
  expect(turnAfter({ state: "cancelled" })).toBe("cancelled");
  expect((["failed", "skipped"] as const).map((state) => turnAfter({ state }))).toEqual(["skipped", "skipped"]);
});

test("a full repair hashes every byte and then stages from what was found right", () => {
  const run = aRun({ kind: "repair", options: { ...DEFAULT_OPTIONS, full: true } });
  expect(orderOf(aPhase({ task: "verify" }), run).task).toMatchObject({ kind: "verify", full: true });
  expect(orderOf(aPhase({ task: "stage" }), run).task).toMatchObject({ kind: "stage", full: false });
});

test("an activation that finds its staging damaged has the unit staged once more", () => {
  expect(wantsStageAgain(aPhase({ task: "activate" }), failure("STAGING_DAMAGED", true))).toBe(true);
  expect(wantsStageAgain(aPhase({ task: "activate", epoch: MAX_ATTEMPTS }), failure("STAGING_DAMAGED", true))).toBe(false);
  expect(wantsStageAgain(aPhase({ task: "activate" }), failure("IO_ERROR", true))).toBe(false);
  const again = reopened(aPhase({ state: "done", outcome: staged, endedAt: 9 }), 1);
  expect(again).toMatchObject({ state: "waiting", epoch: 2 });
  expect(again).not.toHaveProperty("outcome");
});

test("an order carries the epoch and the run's options", () => {
  const run: Run = {
    id: "r1",
    kind: "rebuild",
    state: "running",
    options: { ...DEFAULT_OPTIONS, full: true, graceMs: 5 },
    createdAt: 0,
    problems: [],
  };
  expect(orderOf(aPhase({ epoch: 3 }), run)).toMatchObject({
    id: "p1",
    epoch: 3,
    task: { kind: "stage", manifest: "m", full: true, sourceVersion: 3 },
  });
  expect(orderOf(aPhase({ task: "undo" }), run).task).toEqual({ kind: "undo", graceMs: 5 });
});

const superseded = (...given: Parameters<typeof supersededPhases>): Phase[] => finish(supersededPhases(...given));

test("a newer run that changes the same unit supersedes an older one; a plan supersedes nothing", () => {
  const runs = new Map([
    ["old", { kind: "rebuild" as const }],
    ["new", { kind: "undo" as const }],
    ["plan", { kind: "plan" as const }],
  ]);
  const old = aPhase({ id: "o", run: "old" });
  const other = aPhase({ id: "x", run: "old", system: "B" });
  const undo = aPhase({ id: "n", run: "new", task: "undo", generation: { epoch: 1, counter: 11 } });
  const estimate = aPhase({ id: "e", run: "plan", task: "estimate", generation: { epoch: 1, counter: 12 } });
  expect(superseded([old, other, undo, estimate], runs, () => false)).toEqual([old]);
});

test("what waits for the recovery of its site makes nothing useless that need not wait", () => {
  const runs = new Map(["old", "new"].map((id) => [id, { kind: "rebuild" as const }]));
  const [ordered, held] = [aPhase({ id: "o", run: "old" }), aPhase({ id: "n", run: "new", generation: { epoch: 1, counter: 11 } })];
  expect(superseded([ordered, held], runs, (phase) => phase === held)).toEqual([]);
  expect(superseded([ordered, held], runs, () => true)).toEqual([ordered]);
  expect(superseded([ordered, held], runs, (phase) => phase === ordered)).toEqual([ordered]);
});

test("what an agent holds follows from what it reports", () => {
  const done = { unit: { role: "dp" as const, name: "ABC00001" }, generation: { epoch: 1, counter: 10 }, manifest: "m", sourceVersion: 3 };
  const afterStage = heldAfter(undefined, done, staged);
  expect(afterStage).toMatchObject({ staged: { manifest: "m" }, sourceVersion: 3 });
  const live = heldAfter(afterStage, done, { kind: "activated", folders: 1, previous: true });
  expect(live).toMatchObject({ live: { manifest: "m" }, previous: true });
  expect(live).not.toHaveProperty("staged");
  expect(heldAfter(live, done, { kind: "removed", files: 1 })).not.toHaveProperty("live");
});
