import { expect, test } from "vitest";
import { aPhase } from "../../../test-support/phases.ts";
import { aReport } from "../../../test-support/reports.ts";
import type { PhaseState } from "../../runs/run-states.ts";
import { differenceWords, failureWords, findingsOf } from "./findings.ts";

const wrong = aReport({ counts: { missing: 2, rights: 1 } });

function fateAfter(stage: PhaseState, activate: PhaseState): string | undefined {
  return findingsOf([
    aPhase({ id: "v", task: "verify", state: "done", beforeRepair: true, outcome: wrong }),
    aPhase({ id: "s", task: "stage", state: stage, after: "v" }),
    aPhase({ id: "a", task: "activate", state: activate, after: "s" }),
    aPhase({ id: "o", system: "SRV2", task: "activate", state: "running", after: "elsewhere" }),
  ])[0]?.fate;
}

test("a unit that was found wrong stays wrong until a repair has activated it", () => {
  expect(findingsOf([aPhase({ task: "verify", state: "failed", outcome: wrong })])).toMatchObject([{ fate: "wrong", report: wrong }]);
  expect(fateAfter("running", "waiting")).toBe("repairing");
  expect(fateAfter("done", "done")).toBe("repaired");
  expect(fateAfter("failed", "skipped")).toBe("left-wrong");
});

test("units that are right are distinguished from units of which nothing is known", () => {
  expect(findingsOf([aPhase({ task: "verify", state: "done", outcome: aReport() })])).toMatchObject([{ fate: "right" }]);
  expect(findingsOf([aPhase({ task: "verify", state: "running" })])).toEqual([]);
});

test("units that are not right are distinguished from those whose check failed", () => {
  const phases = [aPhase({ state: "failed", outcome: wrong }), aPhase({ state: "failed" }), aPhase({ state: "done" })];
  expect(failureWords(phases)).toBe("1 not right, 1 failed");
  expect(failureWords([])).toBe("");
});

test("a difference is reported by kind, and by its effect on the whole unit", () => {
  expect(differenceWords(wrong)).toBe("2 missing, 1 of wrong rights");
  expect(differenceWords(aReport({ absent: true, counts: { missing: 9 } }))).toBe("absent: nothing of it is served");
  expect(differenceWords(aReport({ stale: true, counts: { damaged: 1 } }))).toBe("stale, of another generation of the source: 1 damaged");
});
