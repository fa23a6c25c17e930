import { RECOVERY_OUTCOMES, RECOVERY_TASK_STATES } from "../../runs/recovery-states.ts";
import { answers } from "../errors.ts";
import { count, flag, list, name, number, object, oneOf, table, text, time, type Of } from "../schema.ts";

const STATE = oneOf(["open", "finished", "abandoned"]);
const OUTCOME = oneOf(RECOVERY_OUTCOMES);
const TASK_STATE = oneOf(RECOVERY_TASK_STATES);
const ANSWER = { anyOf: [text, number, list(text)] } as const;

/** How far a recovery is. */
const SUMMARY = object(
  {
    id: text,
    site: text,
    state: STATE,
    openedAt: time,
    lead: text,
    tasks: count,
    /** Of those: nothing of them remains to be done. */
    closed: count,
    /** Ids in the order of work. */
    running: list(text),
    /** For a person. */
    waiting: list(text),
    failed: list(text),
    /** What can be begun now. */
    next: list(text),
  },
  { outcome: OUTCOME, endedAt: time },
);
export type RecoverySummary = Of<typeof SUMMARY>;

/** What is told of a task at once. */
const TOLD = {
  reason: text,
  evidence: text,
  /** How it is taken back, such as a run or a file. */
  undo: text,
  /** What was done on paper is entered later: by whom and when it was done. */
  doneBy: text,
  doneAt: time,
  plannedMinutes: number,
} as const;

/** What Sitewright can do for a task. */
const OFFER = object({
  /** Names that a person has to say first, such as `SYSTEM`: the places `<SYSTEM>` of its command. */
  asks: list(text),
  /** Only after a confirmation. */
  confirms: flag,
  /** What it finds is evidence: a person closes the task. */
  helps: flag,
});

const TASK = object(
  {
    id: text,
    phase: text,
    title: text,
    /** Of what it needs, what applies in this recovery. */
    needs: list(text),
    state: TASK_STATE,
    /** Oldest first; `at` and `by`: when it was recorded and by whom. */
    records: list(object({ state: TASK_STATE, at: time, by: text }, { ...TOLD, run: text })),
  },
  { command: text, offer: OFFER },
);
export type RecoveryTask = Of<typeof TASK>;

const CHANGE = object({
  at: time,
  by: text,
  changed: list(object({ question: text }, { from: ANSWER, to: ANSWER })),
  /** The same, each with its question. */
  inWords: list(text),
  added: list(text),
  dropped: list(text),
});

const END = object(
  { at: time, by: text, losses: list(text), signs: list(text) },
  {
    outcome: OUTCOME,
    /** Who answers for the outcome. */
    signedBy: text,
    /** Why it was abandoned. */
    reason: text,
  },
);

const RECOVERY = object(
  {
    id: text,
    site: text,
    state: STATE,
    openedAt: time,
    operator: text,
    lead: text,
    recorder: text,
    /** One person has all parts. */
    onePerson: flag,
    /** By question. */
    answers: table(ANSWER),
    /** The same, each with its question. */
    answersInWords: list(object({ question: text, answer: text })),
    listVersion: text,
    /** When it is to be given up; fixed at the start. */
    abortWhen: list(text),
    /** In the order of work. */
    tasks: list(TASK),
    /** Not asked for any more since the answers changed. */
    dropped: list(TASK),
    changes: list(CHANGE),
  },
  { end: END },
);
export type Recovery = Of<typeof RECOVERY>;

const REPORTED_TASK = object(
  { id: text, phase: text, title: text, state: TASK_STATE, onPaper: flag, evidence: list(text) },
  {
    plannedMinutes: number,
    /** Absent where it was never recorded that it was running. */
    realMinutes: count,
    doneBy: text,
    doneAt: time,
    recordedAt: time,
    recordedBy: text,
    undo: text,
  },
);

const PEOPLE = object(
  {
    lead: text,
    operator: text,
    recorder: text,
    /** All others who did or recorded something. */
    worked: list(text),
    onePerson: flag,
  },
  { approver: text },
);

const DEVIATION = object({ kind: oneOf(["skipped", "failed", "late", "dropped", "answers-changed"]), what: text }, { task: text });

/** What a recovery was; of an open one: as far as it got. */
const REPORT = object(
  {
    id: text,
    site: text,
    state: STATE,
    openedAt: time,
    people: PEOPLE,
    answers: table(ANSWER),
    /** Each with its question. */
    answersInWords: list(object({ question: text, answer: text })),
    listVersion: text,
    abortWhen: list(text),
    tasks: list(REPORTED_TASK),
    minutes: object({ planned: number, real: count, total: count }),
    losses: list(text),
    deviations: list(DEVIATION),
    /** What remains to be done. */
    debts: list(text),
  },
  { outcome: OUTCOME, endedAt: time, reason: text },
);
export type RecoveryReport = Of<typeof REPORT>;

/** A text of so many characters. What all texts of a request may be together is what an entry of the ledger takes. */
const atMost = (characters: number) => ({ type: "string", minLength: 1, maxLength: characters }) as const;
const sentences = (most: number) => ({ type: "array", maxItems: most, items: atMost(1000) }) as const;

const WRITTEN = {
  type: "object",
  maxProperties: 100,
  additionalProperties: { anyOf: [atMost(100), { type: "array", maxItems: 50, items: atMost(100) }] },
} as const;

const START = object({ site: name, answers: WRITTEN }, { lead: name, recorder: name, abortWhen: sentences(20) });
export type StartRecovery = Of<typeof START>;

const RECORD = object(
  { state: TASK_STATE },
  {
    reason: atMost(2000),
    evidence: atMost(10_000),
    undo: atMost(1000),
    doneBy: name,
    doneAt: { type: "integer", minimum: 0 },
    plannedMinutes: { type: "integer", minimum: 1, maximum: 100_000 },
  },
);
export type RecordTask = Of<typeof RECORD>;

const PERFORM = object({}, { confirmed: flag, given: { type: "object", maxProperties: 10, additionalProperties: name } });
export type PerformTask = Of<typeof PERFORM>;

const FINISH = object({ outcome: OUTCOME }, { signedBy: name, losses: sentences(100) });
export type FinishRecovery = Of<typeof FINISH>;

/** Its id; or the code of its site: the one that is open, or else the last one. */
const BY_RECOVERY = { type: "object", required: ["recovery"], properties: { recovery: text } } as const;
const BY_TASK = { type: "object", required: ["recovery", "task"], properties: { recovery: text, task: text } } as const;

export const RECOVERY_ROUTES = {
  /** Newest first. */
  list: { response: answers(list(SUMMARY)) },
  show: { params: BY_RECOVERY, response: answers(RECOVERY) },
  report: { params: BY_RECOVERY, response: answers(REPORT) },
  start: { body: START, response: answers(RECOVERY) },
  record: { params: BY_TASK, body: RECORD, response: answers(RECOVERY) },
  /** Sitewright does it. */
  perform: { params: BY_TASK, body: PERFORM, response: answers(RECOVERY) },
  answer: { params: BY_RECOVERY, body: object({ answers: WRITTEN }), response: answers(RECOVERY) },
  finish: { params: BY_RECOVERY, body: FINISH, response: answers(RECOVERY) },
  abandon: { params: BY_RECOVERY, body: object({ reason: atMost(2000) }), response: answers(RECOVERY) },
} as const;
