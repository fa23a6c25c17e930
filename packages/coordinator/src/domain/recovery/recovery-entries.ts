import { RECOVERY_OUTCOMES, RECOVERY_TASK_STATES } from "@sitewright/protocol";
import type { LedgerEntry } from "../ledger/entry.ts";
import type {
  Answered,
  AnswerChange,
  GivenAnswers,
  ListedTask,
  Recoveries,
  Recovery,
  RecoveryEnd,
  RecoveryTask,
  TaskRecord,
} from "./recovery.ts";

export type Told = Pick<LedgerEntry, "kind" | "at" | "by" | "about" | "details">;

/** What is known of all recoveries after one more entry of the ledger; other entries change nothing. Throws for one that is damaged. */
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
  const stated = { answers: answersIn(details), listVersion, abortWhen: namesIn(details["abortWhen"]) };
  return { id, site: about.site, state: "open", openedAt: at, ...parts, ...stated, tasks, dropped: [], changes: [] };
}

function changedBy(recovery: Recovery, entry: Told): Recovery {
  const { kind, at, by, details } = entry;
  switch (kind) {
    case "recovery-task": {
      const recorded = (task: RecoveryTask) => (task.id === details["task"] ? withRecord(task, recordOf(entry)) : task);
      return { ...recovery, tasks: recovery.tasks.map(recorded), dropped: recovery.dropped.map(recorded) };
    }
    case "recovery-answered":
      return replanned(recovery, entry);
    case "recovery-finished":
      return { ...recovery, state: "finished", end: signedBy(entry) };
    case "recovery-abandoned": {
      const end = { at, by: by.name, losses: [], signs: [], reason: details["reason"] ?? "" };
      return { ...recovery, state: "abandoned", end };
    }
    default:
      return recovery;
  }
}

function signedBy({ at, by, details }: Told): RecoveryEnd {
  const { outcome, losses, signs, signedBy: name = by.name } = details;
  return { at, by: by.name, outcome: wordOf(RECOVERY_OUTCOMES, outcome), signedBy: name, losses: namesIn(losses), signs: namesIn(signs) };
}

function replanned(recovery: Recovery, { at, by, details }: Told): Recovery {
  const known = new Map([...recovery.dropped, ...recovery.tasks].map((task) => [task.id, task]));
  const tasks = listedIn(details).map((task): RecoveryTask => ({ state: "open", records: [], ...known.get(task.id), ...task }));
  const wanted = new Set(tasks.map(({ id }) => id));
  const dropped = [...known.values()].filter(({ id }) => !wanted.has(id));
  const answers = answersIn(details);
  const had = new Set(recovery.tasks.map(({ id }) => id));
  const change: AnswerChange = {
    at,
    by: by.name,
    changed: differencesOf(recovery.answers, answers),
    added: [...wanted.difference(had)],
    dropped: [...had.difference(wanted)],
  };
  const listVersion = details["listVersion"] ?? recovery.listVersion;
  return { ...recovery, answers, listVersion, tasks, dropped, changes: [...recovery.changes, change] };
}

function differencesOf(before: GivenAnswers, after: GivenAnswers): AnswerChange["changed"] {
  const questions = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const as = <Key extends "from" | "to">(key: Key, answer: Answered | undefined) =>
    (answer === undefined ? {} : { [key]: answer }) as { [key in Key]?: Answered };
  return questions
    .filter((question) => JSON.stringify(before[question]) !== JSON.stringify(after[question]))
    .map((question) => ({ question, ...as("from", before[question]), ...as("to", after[question]) }));
}

function withRecord(task: RecoveryTask, record: TaskRecord): RecoveryTask {
  return { ...task, state: record.state, records: [...task.records, record] };
}

function recordOf({ at, by, details }: Told): TaskRecord {
  const { doneAt, plannedMinutes } = details;
  const texts = ["reason", "evidence", "undo", "doneBy", "run"].flatMap((key) => (details[key] === undefined ? [] : [[key, details[key]]]));
  return {
    state: wordOf(RECOVERY_TASK_STATES, details["state"]),
    at,
    by: by.name,
    ...(Object.fromEntries(texts) as Pick<TaskRecord, "reason" | "evidence" | "undo" | "doneBy" | "run">),
    ...(doneAt === undefined ? {} : { doneAt: Number(doneAt) }),
    ...(plannedMinutes === undefined ? {} : { plannedMinutes: Number(plannedMinutes) }),
  };
}

function wordOf<Word extends string>(words: readonly Word[], written: string | undefined): Word {
  const word = words.find((known) => known === written);
  if (word === undefined) throw new Error(`"${written ?? ""}" is none of ${words.join(", ")}`);
  return word;
}

function answersIn(details: Told["details"]): GivenAnswers {
  return JSON.parse(details["answers"] ?? "{}") as GivenAnswers;
}

function listedIn(details: Told["details"]): ListedTask[] {
  return JSON.parse(details["tasks"] ?? "[]") as ListedTask[];
}

function namesIn(json: string | undefined): string[] {
  return JSON.parse(json ?? "[]") as string[];
}
