import { ENDED } from "@sitewright/protocol";
import type { RunView } from "../../../packages/coordinator/src/app/runs/operations.ts";
import type { Phase } from "../../../packages/coordinator/src/domain/runs/run.ts";

/** How a phase ended, as an operator was shown it. */
export interface End {
  epoch: number;
  state: string;
  outcome: string | undefined;
}

export function endOf({ state, epoch, outcome }: Phase): End | undefined {
  return ENDED.has(state) ? { epoch, state, outcome: outcome && JSON.stringify(outcome) } : undefined;
}

/**
 * Why this is not the same end as before; undefined: it is. A later attempt has an end of its own, and the late result of a cancelled phase
 * is added to it.
 */
export function otherEnd(before: End, phase: Phase): string | undefined {
  const now = endOf(phase);
  if (phase.epoch > before.epoch) return undefined;
  if (!now) return `${phase.id} ended as ${before.state} and is ${phase.state} again, in the same attempt ${before.epoch}`;
  if (now.epoch < before.epoch) return `${phase.id} went back from attempt ${before.epoch} to ${now.epoch}`;
  if (now.state !== before.state) return `${phase.id} ended as ${before.state} and then as ${now.state}`;
  if (before.outcome !== undefined && now.outcome !== before.outcome)
    return `${phase.id} had the result ${before.outcome} and then ${now.outcome}`;
  return undefined;
}

/** What is wrong with the end of a phase when everything has settled; undefined: nothing. */
export function withoutEnd(phase: Phase): string | undefined {
  const end = endOf(phase);
  if (!end) {
    const { id, task, unit, system, state, epoch, waitingFor, lostSince, stalledSince, wireBytes, progress } = phase;
    const how = JSON.stringify({ epoch, waitingFor, lostSince, stalledSince, wireBytes, progress });
    return `${id} (${task} of ${unit.name} on ${system}) did not end: ${state}, ${how}`;
  }
  const needsResult = phase.state === "done" || phase.state === "failed";
  return needsResult && end.outcome === undefined ? `${phase.id} is ${phase.state} without a result` : undefined;
}

/** What of a run has not ended; empty: it has. */
export function stillOpen({ run, phases }: RunView): string[] {
  if (run.endedAt !== undefined) return [];
  const open = phases.filter((phase) => endOf(phase) === undefined);
  return [`run ${run.id} (${run.kind}) is ${run.state}`, ...open.flatMap((phase) => withoutEnd(phase) ?? [])];
}
