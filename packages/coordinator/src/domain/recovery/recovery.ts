import { CLOSED_TASK_STATES, type RecoveryOutcome, type RecoveryTaskState } from "@sitewright/protocol";
import type { RecoveryStanding } from "./connection-check.ts";

/** A task of the list as it was when the recovery took it up: a newer list changes nothing in a recovery that is under way. */
export interface ListedTask {
  id: string;
  needs: readonly string[];
}

/** One thing that was recorded of a task. */
export interface TaskRecord {
  state: RecoveryTaskState;
  /** When it was recorded, ms since 1970, and by whom. */
  at: number;
  by: string;
  reason?: string;
  evidence?: string;
  /** How it is taken back, such as a run or a file. */
  undo?: string;
  /** Who did it, and when, ms since 1970, where that was told: what was done on paper is entered later. */
  doneBy?: string;
  doneAt?: number;
  plannedMinutes?: number;
  /** The run that Sitewright does it with. */
  run?: string;
}

export interface RecoveryTask extends ListedTask {
  state: RecoveryTaskState;
  /** Oldest first. */
  records: readonly TaskRecord[];
}

export type Answered = string | number | readonly string[];
/** By question. */
export type GivenAnswers = Readonly<Record<string, Answered>>;

/** Answers that were changed on the way, and the tasks that came and went with that. */
export interface AnswerChange {
  at: number;
  by: string;
  /** Absent where the question was not asked. */
  changed: readonly { question: string; from?: Answered; to?: Answered }[];
  added: readonly string[];
  dropped: readonly string[];
}

export interface RecoveryEnd {
  at: number;
  by: string;
  outcome?: RecoveryOutcome;
  /** Who answers for the outcome. */
  signedBy?: string;
  losses: readonly string[];
  /** What still spoke against the numbers of the site. */
  signs: readonly string[];
  /** Of one that was abandoned. */
  reason?: string;
}

export interface Recovery {
  id: string;
  site: string;
  state: "open" | "finished" | "abandoned";
  openedAt: number;
  operator: string;
  lead: string;
  recorder: string;
  answers: GivenAnswers;
  listVersion: string;
  /** When it is to be given up; fixed at the start. */
  abortWhen: readonly string[];
  /** In the order of work. */
  tasks: readonly RecoveryTask[];
  /** Not asked for any more since the answers changed; what was recorded stays. */
  dropped: readonly RecoveryTask[];
  /** Oldest first. */
  changes: readonly AnswerChange[];
  end?: RecoveryEnd;
}

export type Recoveries = ReadonlyMap<string, Recovery>;

/** The one that is open for a site. */
export function openRecoveryOf(all: Recoveries, site: string): Recovery | undefined {
  return all.values().find((recovery) => recovery.site === site && recovery.state === "open");
}

/** How the last one of a site stands, for those that are to follow the site; undefined: there was none. */
export function standingOf(all: Recoveries, site: string): RecoveryStanding | undefined {
  const last = openRecoveryOf(all, site) ?? [...all.values()].findLast((recovery) => recovery.site === site);
  if (last?.state === "finished") return last.end?.outcome === "failed" ? "failed" : "recovered";
  return last?.state;
}

/** What a task still waits for, of what it needs. */
export function missingFor(tasks: readonly RecoveryTask[], { needs }: ListedTask): RecoveryTask[] {
  return tasks.filter(({ id, state }) => needs.includes(id) && !CLOSED_TASK_STATES.has(state));
}

/** Why nothing can be recorded so for a task, for people; undefined: it can. What a run did is also recorded of a task that is not asked for any more. */
export function refusalOfTask(recovery: Recovery, id: string, record: Omit<TaskRecord, "by">): string | undefined {
  const known = record.run === undefined ? recovery.tasks : [...recovery.tasks, ...recovery.dropped];
  const task = known.find((one) => one.id === id);
  if (recovery.state !== "open") return `the recovery ${recovery.id} is ${recovery.state}: what was signed stays as it is`;
  if (!task) return `the recovery ${recovery.id} has no task ${id}; it has: ${recovery.tasks.map((one) => one.id).join(", ")}`;
  const { state, reason = "", doneAt } = record;
  if ((state === "skipped" || state === "failed") && reason.trim() === "") return `a task that is ${state} needs a reason`;
  if (doneAt !== undefined && doneAt > record.at) return `${id} cannot have been done later than now`;
  if (state !== "done") return undefined;
  const missing = missingFor(recovery.tasks, task);
  return missing.length === 0 ? undefined : `${id} needs ${missing.map((one) => `${one.id} (${one.state})`).join(", ")} first`;
}

/** What stands against an end with this outcome, for people; empty: nothing does. @param signs What speaks against the numbers of the site. */
export function remainsBefore(recovery: Recovery, outcome: RecoveryOutcome, losses: readonly string[], signs: readonly string[]): string[] {
  if (outcome === "failed") return [];
  const open = recovery.tasks.filter(({ state }) => !CLOSED_TASK_STATES.has(state)).map(({ id, state }) => `${id} is ${state}`);
  const unnamed = outcome === "with-losses" && losses.length === 0 ? ["no loss is named"] : [];
  return [...(outcome === "recovered" ? signs : []), ...unnamed, ...open];
}

/** Whether one person had all parts: it is recorded, not refused. */
export function isOnePerson({ lead, recorder, operator, end }: Recovery): boolean {
  return new Set([lead, recorder, operator, end?.signedBy ?? lead]).size === 1;
}
