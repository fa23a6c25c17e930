import { ENDED, type PhaseState, type WaitReason } from "./run-states.ts";

/**
 * What a phase that has not ended is doing or waits for; it is in exactly one of these. `queued`: its turn comes without anything having to
 * happen, or its order was sent and not accepted yet. `lost`: its agent, which has the order, is disconnected. `stalled`: it runs without
 * progress. `cancelling`: its agent was told to cancel it, and has until a stated time to confirm that.
 */
export const CONDITIONS = [
  "queued",
  "waiting-for-agent",
  "waiting-for-window",
  "waiting-for-slot",
  "waiting-for-permit",
  "waiting-for-gate",
  "running",
  "stalled",
  "paused",
  "lost",
  "cancelling",
] as const;
export type Condition = (typeof CONDITIONS)[number];

/** `gate`: an event has to come first: the step before, the first reading of the site data, a recovery, a decision, or the end of what has the folder open. */
const OF_REASON: Record<WaitReason, Condition> = {
  "agent-offline": "waiting-for-agent",
  "agent-inventory": "waiting-for-agent",
  "earlier-phase": "waiting-for-gate",
  "site-data-unread": "waiting-for-gate",
  "site-quarantined": "waiting-for-gate",
  "objects-undecided": "waiting-for-gate",
  "folder-in-use": "waiting-for-gate",
  "address-busy": "waiting-for-slot",
  "system-busy": "waiting-for-slot",
  "service-first": "waiting-for-slot",
  "window-closed": "waiting-for-window",
  "max-unavailable": "waiting-for-permit",
  "address-paused": "paused",
  paused: "paused",
  backoff: "queued",
  "queue-full": "queued",
};

export interface ConditionFacts {
  state: PhaseState;
  waitingFor?: WaitReason | undefined;
  stalledSince?: number | undefined;
  lostSince?: number | undefined;
  cancelBy?: number | undefined;
}

/** Undefined: the phase has ended, and its state says how. */
export function conditionOf({ state, waitingFor, stalledSince, lostSince, cancelBy }: ConditionFacts): Condition | undefined {
  if (ENDED.has(state)) return undefined;
  if (cancelBy !== undefined) return "cancelling";
  if (lostSince !== undefined) return "lost";
  if (state === "waiting") return waitingFor === undefined ? "queued" : OF_REASON[waitingFor];
  if (stalledSince !== undefined) return "stalled";
  return state === "released" ? "queued" : "running";
}
