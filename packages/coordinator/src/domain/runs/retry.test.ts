import { expect, test } from "vitest";
import type { ErrorCode, Outcome, PhaseState } from "@sitewright/protocol";
import { aPhase } from "../../../test-support/fakes.ts";
import { mayTryAgain } from "./phase.ts";
import { phasesToRetry, retried } from "./retry.ts";
import type { Phase } from "./run.ts";

const failure = (code: ErrorCode): Outcome => ({ kind: "failed", code, message: "", retryable: false });

/** Staging and activation of one unit. */
function aUnit(stage: PhaseState, activate: PhaseState, outcome?: Outcome): Phase[] {
  return [
    aPhase({ id: "stage", state: stage }),
    aPhase({ id: "activate", task: "activate", after: "stage", state: activate, ...(outcome ? { outcome } : {}) }),
  ];
}

const ids = (phases: Phase[], takenOver: string[] = []) => phasesToRetry(phases, new Set(takenOver)).map(({ id }) => id);

test("what failed and what was skipped is retried; what is done or was cancelled is not", () => {
  expect(ids(aUnit("failed", "skipped"))).toEqual(["stage", "activate"]);
  expect(ids(aUnit("done", "failed", failure("IO_ERROR")))).toEqual(["activate"]);
  expect(ids(aUnit("done", "done"))).toEqual([]);
  expect(ids(aUnit("cancelled", "cancelled"))).toEqual([]);
});

test("unneeded phases of a repair stay unneeded, and a retry needs no new verification", () => {
  const verified = aPhase({ id: "verify", task: "verify", state: "done" });
  const [stage, activate] = aUnit("unneeded", "unneeded").map((phase) => ({ after: "verify", ...phase }));
  expect(ids([verified, stage as Phase, activate as Phase])).toEqual([]);
  const [failed, skipped] = aUnit("failed", "skipped").map((phase) => ({ after: "verify", ...phase }));
  expect(ids([verified, failed as Phase, skipped as Phase])).toEqual(["stage", "activate"]);
});

test.each(["NOT_STAGED", "STAGING_DAMAGED", "STALE_GENERATION"] as const)("an activation that failed with %s is staged again", (code) => {
  expect(ids(aUnit("done", "failed", failure(code)))).toEqual(["stage", "activate"]);
});

test("a unit that a newer run took over on a system is left to that run", () => {
  expect(ids(aUnit("failed", "skipped"), ["SRV1/dp/ABC00001"])).toEqual([]);
  expect(ids(aUnit("failed", "skipped"), ["SRV2/dp/ABC00001"])).toEqual(["stage", "activate"]);
});

test("a retried phase starts again, keeps its costs so far, and has all its attempts left", () => {
  const failed = aPhase({
    state: "failed",
    epoch: 4,
    wireBytes: 70,
    notBefore: 5,
    startedAt: 1,
    endedAt: 9,
    outcome: failure("IO_ERROR"),
  });
  expect(mayTryAgain(failed)).toBe(false);
  const generation = { epoch: 1, counter: 2 };
  const facts = { manifest: "m2", manifestBytes: 2, files: 3, sourceBytes: 4, packedBytes: 4, sourceVersion: 5 };
  const again = retried(failed, { facts, generation });
  expect(again).toEqual({ ...aPhase(), state: "waiting", epoch: 5, firstEpoch: 5, wireBytes: 70, generation, ...facts });
  expect(mayTryAgain(again)).toBe(true);
  expect(retried(failed, undefined).generation).toEqual(failed.generation);
});
