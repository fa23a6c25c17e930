import type { LedgerEntry } from "../ledger/entry.ts";

export const TASK_STATES = ["open", "running", "waiting", "done", "not-needed", "skipped", "failed"] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const OUTCOMES = ["recovered", "with-losses", "failed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A task of the list as it was when the recovery took it up: a newer list changes nothing in a recovery that is under way. */
export interface ListedTask {
  id: string;
  needs: readonly string[];
}

/** One thing that was recorded of a task. */
export interface TaskRecord {
  state: TaskState;
  /** When it was recorded, ms since 1970, and by whom. */
  at: number;
  by: string;
  reason?: string;
  evidence?: string;
  /** Who did it, and when, ms since 1970, where that was told: what was done on paper is entered later. */
  doneBy?: string;
  doneAt?: number;
  plannedMinutes?: number;
}

export interface RecoveryTask extends ListedTask {
  state: TaskState;
  /** Oldest first. */
  records: readonly TaskRecord[];
}

export interface Recovery {
  id: string;
  site: string;
  state: "open" | "finished" | "abandoned";
  openedAt: number;
  operator: string;
  lead: string;
  recorder: string;
  /** By question. */
  answers: Readonly<Record<string, unknown>>;
  listVersion: string;
  /** When it is to be given up; fixed at the start. */
  abortWhen: readonly string[];
  /** In the order of work. */
  tasks: readonly RecoveryTask[];
  /** Not asked for any more since the answers changed; what was recorded stays. */
  dropped: readonly RecoveryTask[];
  end?: { at: number; by: string; outcome?: Outcome; signedBy?: string; losses: readonly string[]; reason?: string };
}

export type Recoveries = ReadonlyMap<string, Recovery>;
export type Told = Pick<LedgerEntry, "kind" | "at" | "by" | "about" | "details">;

const CLOSED: ReadonlySet<TaskState> = new Set(["done", "not-needed", "skipped"]);

/** What is known of all recoveries after one more entry of the ledger; other entries change nothing. */
export function afterRecoveryEntry(before: Recoveries, entry: Told): Recoveries {
  const { kind, details } = entry;
  if (kind === "recovery-opened") {
    const opened = openedBy(entry);
    return opened ? new Map(before).set(opened.id, opened) : before;
  }
  const recovery = before.get(details["recovery"] ?? "");
  // An ended recovery is what was signed.
  if (!recovery || recovery.state !== "open") return before;
  const after = changedBy(recovery, entry);
  return after === recovery ? before : new Map(before).set(recovery.id, after);
}

function openedBy({ at, by, about, details }: Told): Recovery | undefined {
  const { id, lead, recorder, listVersion = "" } = details;
  if (id === undefined || about.site === undefined) return undefined;
  const parts = { lead: lead ?? by.name, recorder: recorder ?? by.name, operator: by.name };
  const tasks = listedIn(details).map((task): RecoveryTask => ({ ...task, state: "open", records: [] }));
  const stated = {
    answers: JSON.parse(details["answers"] ?? "{}") as Recovery["answers"],
    listVersion,
    abortWhen: namesIn(details["abortWhen"]),
  };
  return { id, site: about.site, state: "open", openedAt: at, ...parts, ...stated, tasks, dropped: [] };
}

function changedBy(recovery: Recovery, entry: Told): Recovery {
  const { kind, at, by, details } = entry;
  const { outcome, signedBy, losses, reason } = details;
  switch (kind) {
    case "recovery-task": {
      const tasks = recovery.tasks.map((task) => (task.id === details["task"] ? withRecord(task, recordOf(entry)) : task));
      return { ...recovery, tasks };
    }
    case "recovery-answered":
      return replanned(recovery, details);
    case "recovery-finished": {
      const end = { at, by: by.name, outcome: outcome as Outcome, signedBy: signedBy ?? by.name, losses: namesIn(losses) };
      return { ...recovery, state: "finished", end };
    }
    case "recovery-abandoned":
      return { ...recovery, state: "abandoned", end: { at, by: by.name, losses: [], reason: reason ?? "" } };
    default:
      return recovery;
  }
}

function replanned(recovery: Recovery, details: Told["details"]): Recovery {
  const known = new Map([...recovery.dropped, ...recovery.tasks].map((task) => [task.id, task]));
  const tasks = listedIn(details).map((task): RecoveryTask => ({ state: "open", records: [], ...known.get(task.id), ...task }));
  const wanted = new Set(tasks.map(({ id }) => id));
  const dropped = [...known.values()].filter(({ id }) => !wanted.has(id));
  const answers = JSON.parse(details["answers"] ?? "{}") as Recovery["answers"];
  return { ...recovery, answers, listVersion: details["listVersion"] ?? recovery.listVersion, tasks, dropped };
}

function withRecord(task: RecoveryTask, record: TaskRecord): RecoveryTask {
  return { ...task, state: record.state, records: [...task.records, record] };
}

function recordOf({ at, by, details }: Told): TaskRecord {
  const { state, reason, evidence, doneBy, doneAt, plannedMinutes } = details;
  return {
    state: state as TaskState,
    at,
    by: by.name,
    ...(reason === undefined ? {} : { reason }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(doneBy === undefined ? {} : { doneBy }),
    ...(doneAt === undefined ? {} : { doneAt: Number(doneAt) }),
    ...(plannedMinutes === undefined ? {} : { plannedMinutes: Number(plannedMinutes) }),
  };
}

function listedIn(details: Told["details"]): ListedTask[] {
  return JSON.parse(details["tasks"] ?? "[]") as ListedTask[];
}

function namesIn(json: string | undefined): string[] {
  return JSON.parse(json ?? "[]") as string[];
}

/** The one that is open for a site. */
export function openRecoveryOf(all: Recoveries, site: string): Recovery | undefined {
  return all.values().find((recovery) => recovery.site === site && recovery.state === "open");
}

/** Why nothing can be recorded so for a task, for people; undefined: it can. */
export function refusalOfTask(recovery: Recovery, id: string, record: Omit<TaskRecord, "by">): string | undefined {
  const task = recovery.tasks.find((one) => one.id === id);
  if (recovery.state !== "open") return `the recovery ${recovery.id} is ${recovery.state}: what was signed stays as it is`;
  if (!task) return `the recovery ${recovery.id} has no task ${id}; it has: ${recovery.tasks.map((one) => one.id).join(", ")}`;
  const { state, reason = "", doneAt } = record;
  if ((state === "skipped" || state === "failed") && reason.trim() === "") return `a task that is ${state} needs a reason`;
  if (doneAt !== undefined && doneAt > record.at) return `${id} cannot have been done later than now`;
  if (state !== "done") return undefined;
  const missing = recovery.tasks.filter((one) => task.needs.includes(one.id) && !CLOSED.has(one.state));
  return missing.length === 0 ? undefined : `${id} needs ${missing.map((one) => `${one.id} (${one.state})`).join(", ")} first`;
}

/** What stands against an end with this outcome, for people; empty: nothing does. @param signs What speaks against the numbers of the site. */
export function remainsBefore(recovery: Recovery, outcome: Outcome, losses: readonly string[], signs: readonly string[]): string[] {
  if (outcome === "failed") return [];
  const open = recovery.tasks.filter(({ state }) => !CLOSED.has(state)).map(({ id, state }) => `${id} is ${state}`);
  const unnamed = outcome === "with-losses" && losses.length === 0 ? ["no loss is named"] : [];
  return [...open, ...unnamed, ...(outcome === "recovered" ? signs : [])];
}

/** Whether one person had all parts: it is recorded, not refused. */
export function isOnePerson({ lead, recorder, operator, end }: Recovery): boolean {
  return new Set([lead, recorder, operator, end?.signedBy ?? lead]).size === 1;
}
