import type { Plan } from "./plan.ts";

export interface Tracked<Evidence> {
  id: string;
  /** Absent if nothing was recorded for the task yet. */
  evidence?: Evidence;
}

/** How a plan differs from the previous one. What was recorded for a task is kept, even if the task is no longer in the list. */
export interface Differences<Evidence> {
  kept: readonly Tracked<Evidence>[];
  /** Added by the new answers; with evidence if done under earlier answers. */
  added: readonly Tracked<Evidence>[];
  dropped: readonly Tracked<Evidence>[];
}

/** Compares the tasks of a plan with those of new answers; `evidence` by task, including tasks that earlier answers dropped. */
export function replan<Evidence>(
  before: readonly string[],
  evidence: ReadonlyMap<string, Evidence>,
  after: Pick<Plan, "tasks">,
): Differences<Evidence> {
  const old = new Set(before);
  const now = after.tasks.map(({ task }) => task.id);
  const wanted = new Set(now);
  const tracked = (id: string): Tracked<Evidence> => {
    const recorded = evidence.get(id);
    return recorded === undefined ? { id } : { id, evidence: recorded };
  };
  return {
    kept: now.filter((id) => old.has(id)).map(tracked),
    added: now.filter((id) => !old.has(id)).map(tracked),
    dropped: before.filter((id) => !wanted.has(id)).map(tracked),
  };
}
