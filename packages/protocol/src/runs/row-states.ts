import type { PhaseState } from "./run-states.ts";

/** How far a unit on a system is, as its phases together say. `failed`: what was asked for it was not done. */
export const ROW_STATES = ["working", "waiting", "failed", "done"] as const;
export type RowState = (typeof ROW_STATES)[number];

/** By the state of the phase that determines that of its unit. */
export const ROW_STATE_OF: Record<PhaseState, RowState> = {
  released: "working",
  running: "working",
  waiting: "waiting",
  failed: "failed",
  skipped: "failed",
  cancelled: "failed",
  done: "done",
  unneeded: "done",
};
