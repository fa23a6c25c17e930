import type { Outcome, Progress, TaskKind } from "@sitewright/protocol";
import type { Phase } from "./run.ts";

/** What an agent reports about one of its orders, limited to what is plausible. */

/** The outcome of each task that succeeds. */
const OUTCOME_OF: Record<TaskKind, Outcome["kind"]> = {
  stage: "staged",
  activate: "activated",
  remove: "removed",
  verify: "verified",
  estimate: "estimated",
  undo: "undone",
};

type Totals = Pick<Progress, "files" | "reusedBytes" | "fetchedBytes" | "retriedBytes" | "peerBytes">;

/** Progress is limited by the plan; removals and undos have no planned numbers. */
export function withinPlan<T extends Totals>({ files, sourceBytes }: Pick<Phase, "files" | "sourceBytes">, stated: T): T {
  if (files === 0) return stated;
  const reusedBytes = Math.min(stated.reusedBytes, sourceBytes);
  const fetchedBytes = Math.min(stated.fetchedBytes, sourceBytes);
  const { peerBytes } = stated;
  return {
    ...stated,
    files: Math.min(stated.files, files),
    reusedBytes,
    fetchedBytes,
    ...(peerBytes === undefined ? {} : { peerBytes: Math.min(peerBytes, fetchedBytes) }),
  };
}

/** The outcome of another task is invalid: the order has failed. */
export function plausibleOutcome(phase: Phase, outcome: Outcome): Outcome {
  if (outcome.kind === "failed") return outcome;
  if (outcome.kind !== OUTCOME_OF[phase.task])
    return {
      kind: "failed",
      code: "FRAME_INVALID",
      message: `the agent answered an order to ${phase.task} with "${outcome.kind}"`,
      retryable: false,
    };
  return outcome.kind === "staged" ? withinPlan(phase, outcome) : outcome;
}
