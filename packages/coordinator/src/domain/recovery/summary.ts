import { CLOSED_TASK_STATES, type RecoveryOutcome, type RecoveryTaskState } from "@sitewright/protocol";
import { missingFor, type Recovery } from "./recovery.ts";

/** How far a recovery is. */
export interface RecoverySummary {
  id: string;
  site: string;
  state: Recovery["state"];
  outcome?: RecoveryOutcome;
  openedAt: number;
  endedAt?: number;
  lead: string;
  tasks: number;
  /** Of those: nothing of them remains to be done. */
  closed: number;
  /** Ids in the order of work: what is under way, what waits for a person, what failed, and what can be begun now. */
  running: string[];
  waiting: string[];
  failed: string[];
  next: string[];
}

export function recoverySummary({ id, site, state, openedAt, lead, tasks, end }: Recovery): RecoverySummary {
  const inState = (wanted: RecoveryTaskState): string[] => tasks.flatMap((task) => (task.state === wanted ? [task.id] : []));
  const next = tasks.filter((task) => task.state === "open" && missingFor(tasks, task).length === 0).map((task) => task.id);
  return {
    id,
    site,
    state,
    ...(end?.outcome === undefined ? {} : { outcome: end.outcome }),
    openedAt,
    ...(end ? { endedAt: end.at } : {}),
    lead,
    tasks: tasks.length,
    closed: tasks.filter((task) => CLOSED_TASK_STATES.has(task.state)).length,
    running: inState("running"),
    waiting: inState("waiting"),
    failed: inState("failed"),
    next: state === "open" ? next : [],
  };
}
