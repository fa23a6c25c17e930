import { CLOSED_TASK_STATES, type RecoveryOutcome, type RecoveryTaskState, plural } from "@sitewright/protocol";
import {
  isOnePerson,
  type AnswerChange,
  type Answered,
  type GivenAnswers,
  type Recovery,
  type RecoveryTask,
  type TaskRecord,
} from "./recovery.ts";

/** How a list calls what is kept by its ids. */
export interface ListWords {
  task(id: string): { phase: string; title: string };
  /** The question. */
  asked(question: string): string;
  answer(question: string, answer: Answered): string;
}

/** An answer with its question, for people. */
export interface AnswerInWords {
  question: string;
  answer: string;
}

export function answersInWords(answers: GivenAnswers, words: ListWords): AnswerInWords[] {
  return Object.entries(answers).map(([id, answer]) => ({ question: words.asked(id), answer: words.answer(id, answer) }));
}

/** How answers were changed, for people. */
export function changesInWords({ changed }: AnswerChange, words: ListWords): string[] {
  const said = (question: string, answer: Answered | undefined) => (answer === undefined ? "not asked" : words.answer(question, answer));
  return changed.map(({ question, from, to }) => `${words.asked(question)} ${said(question, from)} -> ${said(question, to)}`);
}

export interface ReportedTask {
  id: string;
  phase: string;
  title: string;
  state: RecoveryTaskState;
  plannedMinutes?: number;
  /** From the first record that it was running; absent where there is none. */
  realMinutes?: number;
  doneBy?: string;
  /** ms since 1970. */
  doneAt?: number;
  /** The last record of it, and who made it; absent: nothing was recorded. */
  recordedAt?: number;
  recordedBy?: string;
  /** It was done on paper and entered later. */
  onPaper: boolean;
  evidence: string[];
  undo?: string;
}

/** What went otherwise than planned. */
export interface Deviation {
  kind: "skipped" | "failed" | "late" | "dropped" | "answers-changed";
  task?: string;
  /** For people. */
  what: string;
}

/** What a recovery was, for those who have to judge the site later. Of an open one: as far as it got. */
export interface RecoveryReport {
  id: string;
  site: string;
  state: Recovery["state"];
  outcome?: RecoveryOutcome;
  openedAt: number;
  endedAt?: number;
  /** Why it was abandoned. */
  reason?: string;
  /** Who had which part. `worked`: all others who did or recorded something. */
  people: { lead: string; operator: string; recorder: string; approver?: string; worked: string[]; onePerson: boolean };
  answers: Recovery["answers"];
  /** Each with its question. */
  answersInWords: AnswerInWords[];
  listVersion: string;
  abortWhen: readonly string[];
  tasks: ReportedTask[];
  /** Of all tasks, and since it was opened. */
  minutes: { planned: number; real: number; total: number };
  losses: readonly string[];
  deviations: Deviation[];
  /** What remains to be done: tasks that are not closed, and what still speaks against the numbers of the site. */
  debts: string[];
}

const MINUTE_MS = 60_000;

/** @param now Until when an open recovery counts, ms since 1970. */
export function reportOf(recovery: Recovery, words: ListWords, now: number): RecoveryReport {
  const { id, site, state, openedAt, answers, listVersion, abortWhen, end } = recovery;
  const tasks = recovery.tasks.map((task) => reported(task, words));
  const sum = (minutes: (task: ReportedTask) => number | undefined): number =>
    tasks.reduce((total, task) => total + (minutes(task) ?? 0), 0);
  return {
    id,
    site,
    state,
    ...(end?.outcome === undefined ? {} : { outcome: end.outcome }),
    openedAt,
    ...(end ? { endedAt: end.at } : {}),
    ...(end?.reason === undefined ? {} : { reason: end.reason }),
    people: peopleOf(recovery),
    answers,
    answersInWords: answersInWords(answers, words),
    listVersion,
    abortWhen,
    tasks,
    minutes: {
      planned: sum(({ plannedMinutes }) => plannedMinutes),
      real: sum(({ realMinutes }) => realMinutes),
      total: minutesBetween(openedAt, end?.at ?? now),
    },
    losses: end?.losses ?? [],
    deviations: deviationsOf(recovery, tasks, words),
    debts: [
      ...tasks.filter((task) => !CLOSED_TASK_STATES.has(task.state)).map((task) => `${task.id} is ${task.state}: ${task.title}`),
      ...(end?.signs ?? []),
    ],
  };
}

function peopleOf(recovery: Recovery): RecoveryReport["people"] {
  const { lead, operator, recorder, end } = recovery;
  const approver = end?.signedBy;
  const records = [...recovery.tasks, ...recovery.dropped].flatMap((task) => task.records);
  const named = [...records.flatMap(({ by, doneBy }) => [by, doneBy]), ...recovery.changes.map(({ by }) => by), end?.by];
  const parts = new Set([lead, operator, recorder, approver]);
  const worked = [...new Set(named)].filter((name): name is string => name !== undefined && !parts.has(name));
  return { lead, operator, recorder, ...(approver === undefined ? {} : { approver }), worked, onePerson: isOnePerson(recovery) };
}

function reported({ id, state, records }: RecoveryTask, words: ListWords): ReportedTask {
  const last = records.at(-1);
  const planned = records.findLast((record) => record.plannedMinutes !== undefined)?.plannedMinutes;
  const real = realMinutesOf(records);
  const undo = records.findLast((record) => record.undo !== undefined)?.undo;
  return {
    id,
    ...words.task(id),
    state,
    ...(planned === undefined ? {} : { plannedMinutes: planned }),
    ...(real === undefined ? {} : { realMinutes: real }),
    ...(last && CLOSED_TASK_STATES.has(state) ? { doneBy: last.doneBy ?? last.by, doneAt: last.doneAt ?? last.at } : {}),
    ...(last ? { recordedAt: last.at, recordedBy: last.by } : {}),
    onPaper: last?.doneAt !== undefined,
    evidence: records.flatMap(({ evidence }) => evidence ?? []),
    ...(undo === undefined ? {} : { undo }),
  };
}

/** Time in which it was worked on or waited for a person, over all attempts. */
function realMinutesOf(records: readonly TaskRecord[]): number | undefined {
  let begun: number | undefined;
  let spent: number | undefined;
  for (const { state, at, doneAt = at } of records) {
    if (state === "running") begun ??= at;
    else if (state !== "waiting" && begun !== undefined) {
      // What was done before it was recorded that it had begun took a time that is not known.
      if (doneAt >= begun) spent = (spent ?? 0) + minutesBetween(begun, doneAt);
      begun = undefined;
    }
  }
  return spent;
}

function deviationsOf(recovery: Recovery, tasks: readonly ReportedTask[], words: ListWords): Deviation[] {
  const notDone = [...recovery.tasks, ...recovery.dropped].flatMap(({ id, records }) =>
    records.flatMap(({ state, reason = "" }): Deviation[] =>
      state === "skipped" || state === "failed" ? [{ kind: state, task: id, what: `${id} ${state}: ${reason}` }] : [],
    ),
  );
  const late = tasks.flatMap(({ id, plannedMinutes, realMinutes }): Deviation[] =>
    plannedMinutes !== undefined && realMinutes !== undefined && realMinutes > plannedMinutes
      ? [
          {
            kind: "late",
            task: id,
            what: `${id} took ${plural(realMinutes, "minute")}, and ${plural(plannedMinutes, "was", "were")} planned`,
          },
        ]
      : [],
  );
  const dropped = recovery.dropped.map(({ id, state }): Deviation => {
    return { kind: "dropped", task: id, what: `${id} is not asked for any more and was ${state}: ${words.task(id).title}` };
  });
  const changed = recovery.changes.map((change): Deviation => {
    return { kind: "answers-changed", what: `${change.by} changed answers: ${changesInWords(change, words).join("; ")}` };
  });
  return [...notDone, ...late, ...dropped, ...changed];
}

function minutesBetween(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) / MINUTE_MS));
}
