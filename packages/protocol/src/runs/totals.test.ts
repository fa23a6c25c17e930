import { expect, test } from "vitest";
import { aPhase as anyPhase } from "../../test-support/phases.ts";
import { aReport } from "../../test-support/reports.ts";
import type { Outcome } from "../orders.ts";
import { countsContent, runTotals, stepsSettled, type CountedPhase as Phase } from "./totals.ts";

const aPhase = (overrides: Partial<Phase>): Phase => anyPhase({ system: "A", files: 2, sourceBytes: 100, ...overrides });
const staged: Outcome = { kind: "staged", files: 2, reusedBytes: 40, fetchedBytes: 60, retriedBytes: 1 };

test("totals count each unit's content once, from the outcome or else from the progress, against the plan", () => {
  const progress = { step: "fetching" as const, files: 1, reusedBytes: 10, fetchedBytes: 20, retriedBytes: 0 };
  const totals = runTotals([
    aPhase({ id: "1", state: "done", outcome: staged, wireBytes: 30 }),
    aPhase({ id: "2", state: "waiting", task: "activate", waitingFor: "agent-offline" }),
    aPhase({ id: "3", state: "running", system: "B", progress, wireBytes: 12 }),
  ]);
  expect(totals).toMatchObject({
    phases: 3,
    done: 1,
    waiting: 1,
    running: 1,
    units: 2,
    files: 4,
    sourceBytes: 200,
    reusedBytes: 50,
    fetchedBytes: 80,
    retriedBytes: 1,
    wireBytes: 42,
    unreachable: ["A"],
  });
});

/** Verification, staging and activation of one unit. */
function aRepair(...[verify, stage = {}, activate = {}]: Partial<Phase>[]): Phase[] {
  return [
    aPhase({ id: "1", task: "verify", state: "done", beforeRepair: true, ...verify }),
    aPhase({ id: "2", task: "stage", state: "waiting", after: "1", ...stage }),
    aPhase({ id: "3", task: "activate", state: "waiting", after: "2", ...activate }),
  ];
}

test("a repair counts each unit once: what it verified, what was transferred, and after staging what proved right", () => {
  const wrong = aReport({ bytes: 90, counts: { damaged: 1 } });
  const progress = { step: "fetching" as const, files: 1, reusedBytes: 30, fetchedBytes: 5, retriedBytes: 2 };
  const plan = { phases: 3, files: 2, sourceBytes: 100 };
  expect(runTotals(aRepair({ outcome: wrong }, { state: "running", progress }))).toMatchObject({
    ...plan,
    reusedBytes: 90,
    fetchedBytes: 5,
    retriedBytes: 2,
  });
  expect(runTotals(aRepair({ outcome: wrong }, { state: "done", outcome: staged }))).toMatchObject({
    ...plan,
    reusedBytes: 40,
    fetchedBytes: 60,
  });
  expect(aRepair({}).map(countsContent)).toEqual([true, false, false]);
});

test("a verification that has reported has covered everything, including what is missing", () => {
  const outcome = aReport({ bytes: 30, counts: { missing: 1 } });
  const totals = runTotals([aPhase({ task: "verify", state: "failed", outcome }), aPhase({ task: "verify", state: "failed" })]);
  expect(totals).toMatchObject({ sourceBytes: 200, reusedBytes: 100, failed: 2, different: 1 });
  expect(stepsSettled(totals)).toBe(1);
});

test("steps that turned out to be unneeded are settled, and are not counted as done", () => {
  const totals = runTotals(aRepair({ outcome: aReport({ bytes: 100 }) }, { state: "unneeded" }, { state: "unneeded" }));
  expect(totals).toMatchObject({ phases: 3, done: 1, unneeded: 2, waiting: 0, sourceBytes: 100, reusedBytes: 100, fetchedBytes: 0 });
  expect(stepsSettled(totals)).toBe(3);
});
