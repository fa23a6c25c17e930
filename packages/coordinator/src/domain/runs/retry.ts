import { unitKey, type ErrorCode, type Generation, type PhaseState, type RunState } from "@sitewright/protocol";
import type { UnitFacts } from "./plan-run.ts";
import type { Problem } from "../sites/hierarchy.ts";
import type { Phase, Run } from "./run.ts";

/**
 * States of phases that may be retried. A cancelled phase is not among them: an operator, or a newer run, ended it on purpose. Waiting in a
 * run that is not running are those that an earlier retry had opened when it was interrupted: they get the content and generation of this one.
 */
const RETRYABLE: readonly PhaseState[] = ["failed", "skipped", "waiting"];

/** Failures of an activation after which its unit has to be staged again. */
const STAGE_ANEW: ReadonlySet<ErrorCode> = new Set(["NOT_STAGED", "STAGING_DAMAGED", "STALE_GENERATION"]);

/** Tasks that need to know the content of the unit. */
const NEEDS_CONTENT: ReadonlySet<Phase["task"]> = new Set(["stage", "verify", "estimate"]);

/** A unit on a system. */
export function placeOf({ system, unit }: Pick<Phase, "system" | "unit">): string {
  return `${system}/${unitKey(unit)}`;
}

export function needsContent({ task }: Phase): boolean {
  return NEEDS_CONTENT.has(task);
}

/**
 * What a retry repeats: everything that failed, what was skipped because of it, and the staging that an activation needs. @param takenOver
 * Units on systems that a newer run works on or has changed: they are left to that run.
 */
export function phasesToRetry(phases: readonly Phase[], takenOver: ReadonlySet<string>): Phase[] {
  const ours = phases.filter((phase) => !takenOver.has(placeOf(phase)));
  const staging = new Set(
    ours.flatMap(({ after, outcome }) => (outcome?.kind === "failed" && STAGE_ANEW.has(outcome.code) ? [after] : [])),
  );
  return ours.filter(({ id, state }) => RETRYABLE.includes(state) || (state === "done" && staging.has(id)));
}

/** A run whose preparation is over, with that for what it waits no more. */
export function prepared(run: Run, state: RunState): Run {
  const { retrying: _, ...rest } = run;
  return { ...rest, state, problems: run.problems.filter((problem) => !isWaitForRoom(problem)) };
}

/** The problem of a run whose preparation is tried again until the disk of the coordinator has room. @param about What has no room: the key of a unit, or the run. */
export function waitForRoom(about: string | undefined, { message, path }: Pick<Problem, "message" | "path">): Problem {
  const told = { leftOut: false, code: "DISK_FULL", message: `${message}; it is tried again until there is room` };
  return { ...told, ...(about === undefined ? {} : { unit: about }), ...(path === undefined ? {} : { path }) };
}

export function isWaitForRoom({ code, leftOut }: Problem): boolean {
  return code === "DISK_FULL" && !leftOut;
}

/**
 * A phase as it was planned, for one more attempt, with as many failures allowed as the first time.
 * @param again The unit's content and the new generation, unless it continues with what was staged.
 */
export function retried(phase: Phase, again: { facts: UnitFacts | undefined; generation: Generation } | undefined): Phase {
  const { outcome: _, endedAt: __, startedAt: ___, notBefore: ____, progress: _____, inUse: ______, ...planned } = phase;
  const epoch = phase.epoch + 1;
  return { ...planned, ...again?.facts, generation: again?.generation ?? phase.generation, state: "waiting", epoch, firstEpoch: epoch };
}
