import type { Outcome, Progress, TaskKind } from "@sitewright/protocol";
import type { Phase } from "./run.ts";

/** What an agent says about one of its orders, as far as it can be true. */

/** How an order that did not fail ends. */
const OUTCOME_OF: Record<TaskKind, Outcome["kind"]> = {
  stage: "staged",
  activate: "activated",
  remove: "removed",
  verify: "verified",
  estimate: "estimated",
  undo: "undone",
};

type Totals = Pick<Progress, "files" | "reusedBytes" | "fetchedBytes" | "retriedBytes" | "peerBytes">;

/** No more is done than was planned; of what removes or brings back, nothing is planned in numbers. */
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

/** An outcome that another task has is none: the order has failed, whatever was meant. */
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
