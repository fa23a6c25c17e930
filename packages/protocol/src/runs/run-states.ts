/** `preparing`: the sources are being indexed. `done`: every phase ended well. `failed`: at least one did not. */
export const RUN_STATES = ["preparing", "running", "paused", "done", "failed", "cancelled"] as const;
export type RunState = (typeof RUN_STATES)[number];

/**
 * `waiting` in the backlog; `released` to the queue; `running`: its agent accepted the order; then one of the ends. `skipped`: the phase
 * before it did not end well. `unneeded`: the phase before it found nothing to do for it.
 */
export const PHASE_STATES = ["waiting", "released", "running", "done", "failed", "cancelled", "skipped", "unneeded"] as const;
export type PhaseState = (typeof PHASE_STATES)[number];

/** Ends after which nothing is left to do. */
export const ENDED_WELL: ReadonlySet<PhaseState> = new Set(["done", "unneeded"]);
export const ENDED: ReadonlySet<PhaseState> = new Set([...ENDED_WELL, "failed", "cancelled", "skipped"]);

/** Why a phase is not released. */
export const WAIT_REASONS = [
  "agent-offline",
  "agent-inventory",
  "earlier-phase",
  "site-data-unread",
  "site-quarantined",
  "objects-undecided",
  "address-busy",
  "window-closed",
  "address-paused",
  "max-unavailable",
  "system-busy",
  "service-first",
  "paused",
  "backoff",
  "folder-in-use",
  "queue-full",
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];
