/** Of a task of a recovery. `waiting`: for a person; it never ends by itself. `not-needed`, `skipped`: nothing was done; the second has a reason. */
export const RECOVERY_TASK_STATES = ["open", "running", "waiting", "done", "not-needed", "skipped", "failed"] as const;
export type RecoveryTaskState = (typeof RECOVERY_TASK_STATES)[number];

export const RECOVERY_OUTCOMES = ["recovered", "with-losses", "failed"] as const;
export type RecoveryOutcome = (typeof RECOVERY_OUTCOMES)[number];

/** Nothing of it remains to be done. */
export const CLOSED_TASK_STATES: ReadonlySet<RecoveryTaskState> = new Set(["done", "not-needed", "skipped"]);
