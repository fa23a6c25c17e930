import { planRecovery, readAnswers, speechOf, type Answers, type Knowledge, type RawAnswer } from "@sitewright/expert";
import { SitewrightError, type RecoveryOutcome } from "@sitewright/protocol";
import type { Principal } from "../../domain/principal.ts";
import {
  isOnePerson,
  refusalOfTask,
  remainsBefore,
  type ListedTask,
  type Recovery,
  type TaskRecord,
} from "../../domain/recovery/recovery.ts";
import {
  answersInWords,
  changesInWords,
  reportOf,
  type AnswerInWords,
  type ListWords,
  type RecoveryReport,
} from "../../domain/recovery/report.ts";
import { recoverySummary, type RecoverySummary } from "../../domain/recovery/summary.ts";
import { commandIn, offerOf, type TaskOffer } from "../../domain/recovery/task-work.ts";
import type { Actor } from "../ledger/ledger.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { Clock } from "../ports/clock.ts";
import type { RecoveryBook } from "./recovery-book.ts";

/** Answers as a request has them: words, or lists of words, by question. */
export type WrittenAnswers = Readonly<Record<string, string | readonly string[]>>;

export interface Opening {
  site: string;
  answers: WrittenAnswers;
  /** Who opens it, unless told. */
  lead?: string;
  recorder?: string;
  abortWhen?: readonly string[];
}

export interface Ending {
  outcome: RecoveryOutcome;
  /** Who answers for it: who asks, unless told. */
  signedBy?: string;
  losses?: readonly string[];
}

export type NamedTask = Recovery["tasks"][number] & { phase: string; title: string; command?: string; offer?: TaskOffer };

/** A recovery whose tasks say what they are. */
export interface RecoveryView extends Recovery {
  tasks: readonly NamedTask[];
  dropped: readonly NamedTask[];
  /** Each with its question. */
  answersInWords: readonly AnswerInWords[];
  changes: readonly (Recovery["changes"][number] & { inWords: readonly string[] })[];
  /** Whether one person had all parts. */
  onePerson: boolean;
}

/** Recoveries of sites. Every change is in the ledger before it holds; what is refused changes nothing. */
export interface Recoveries {
  /** Newest first. */
  list(): RecoverySummary[];
  /** By its id; or by its site: the one that is open, or else the last one. Throws `NOT_FOUND`. */
  show(idOrSite: string): RecoveryView;
  /** Throws `NOT_FOUND`. */
  report(idOrSite: string): RecoveryReport;
  /** Throws `NOT_FOUND`, `CONFLICT` while one is open, `ANSWERS_INVALID`, `ANSWERS_CONTRADICT`, `BAD_REQUEST` for too much text. */
  open(by: Principal, opening: Opening): Promise<RecoveryView>;
  /** Throws `NOT_FOUND`, `CONFLICT`, `BAD_REQUEST`. */
  record(by: Actor, id: string, task: string, told: Omit<TaskRecord, "at" | "by">): Promise<RecoveryView>;
  /** Plans again; what was recorded stays. Throws as `record` and `open` do. */
  answer(by: Principal, id: string, answers: WrittenAnswers): Promise<RecoveryView>;
  /** Throws `NOT_FOUND`, `CONFLICT` with what remains, `BAD_REQUEST`. */
  finish(by: Principal, id: string, ending: Ending): Promise<RecoveryView>;
  /** Throws `NOT_FOUND`, `CONFLICT`. */
  abandon(by: Principal, id: string, reason: string): Promise<RecoveryView>;
}

export interface RecoveriesDeps {
  book: RecoveryBook;
  /** Read when it is needed for the first time: most starts of a coordinator never do. */
  loadKnowledge: () => Knowledge;
  /** Throws `NOT_FOUND` for a site that the hierarchy does not have. */
  requireSite: (site: string) => Promise<void>;
  /** What speaks against a site now: what is missing of its data, or else its numbers. Throws `NOT_FOUND`, `SITE_DATA_INVALID`. */
  signsOf: (site: string) => Promise<readonly string[]>;
  /** A recovery was opened or ended: other systems are left out than before. */
  onHeld: () => Promise<void>;
  newId: () => string;
  clock: Clock;
}

/** What keeps a recovery from its end, as a refusal names it. */
const SHOWN_REMAINS = 10;

export function createRecoveries({ book, loadKnowledge, requireSite, signsOf, onHeld, newId, clock }: RecoveriesDeps): Recoveries {
  let loaded: Knowledge | undefined;
  const knowledge = (): Knowledge => (loaded ??= loadKnowledge());
  /** Each change is judged by what the one before left. */
  const inTurn = oneAtATime();

  function findOpen(id: string): Recovery {
    const found = book.find(id);
    if (found.state === "open") return found;
    throw new SitewrightError("CONFLICT", `the recovery ${found.id} is ${found.state}: what was signed stays as it is`);
  }

  function planned(given: WrittenAnswers): { answers: string; listVersion: string; tasks: string } {
    const list = knowledge();
    const answers = understood(list, given);
    const listed = planRecovery(list, answers).tasks.map(({ task, needs }): ListedTask => ({ id: task.id, needs }));
    return { answers: JSON.stringify(Object.fromEntries(answers)), listVersion: list.version, tasks: JSON.stringify(listed) };
  }

  const show = (id: string): RecoveryView => named(knowledge(), book.find(id));

  return {
    list: () => book.list().map(recoverySummary),
    show,
    report: (id) => reportOf(book.find(id), wordsOf(knowledge()), clock()),
    open: (by, { site, answers, lead = by.name, recorder = by.name, abortWhen = [] }) =>
      inTurn(async () => {
        await requireSite(site);
        const other = book.openOf(site);
        if (other !== undefined) {
          const message = `the recovery ${other} of ${site} is open: finish or abandon it first`;
          throw new SitewrightError("CONFLICT", message);
        }
        const id = newId();
        const people = { lead, recorder, abortWhen: JSON.stringify(abortWhen) };
        await book.keep(by, "recovery-opened", site, { id, ...people, ...planned(answers) });
        await onHeld();
        return show(id);
      }),
    record: (by, id, task, told) =>
      inTurn(async () => {
        const recovery = findOpen(id);
        const refusal = refusalOfTask(recovery, task, { at: clock(), ...told });
        if (refusal !== undefined) throw new SitewrightError("CONFLICT", refusal);
        const facts = Object.fromEntries(Object.entries(told).map(([key, value]) => [key, String(value)]));
        await book.keep(by, "recovery-task", recovery.site, { recovery: recovery.id, task, ...facts });
        return show(recovery.id);
      }),
    answer: (by, id, answers) =>
      inTurn(async () => {
        const recovery = findOpen(id);
        const plan = planned(answers);
        const before = new Set(recovery.tasks.map((task) => task.id));
        const after = new Set((JSON.parse(plan.tasks) as ListedTask[]).map((task) => task.id));
        const differences = { added: [...after.difference(before)].join(" "), dropped: [...before.difference(after)].join(" ") };
        await book.keep(by, "recovery-answered", recovery.site, { recovery: recovery.id, ...plan, ...differences });
        return show(recovery.id);
      }),
    finish: (by, id, { outcome, signedBy = by.name, losses = [] }) =>
      inTurn(async () => {
        const recovery = findOpen(id);
        // One that failed may have left site data that cannot be read.
        const signs = outcome === "failed" ? [] : await signsOf(recovery.site);
        const remains = remainsBefore(recovery, outcome, losses, signs);
        if (remains.length > 0) {
          const more = remains.length > SHOWN_REMAINS ? `; and ${remains.length - SHOWN_REMAINS} more` : "";
          const message = `${recovery.id} cannot end as ${outcome}: ${remains.slice(0, SHOWN_REMAINS).join("; ")}${more}`;
          throw new SitewrightError("CONFLICT", message);
        }
        const lists = { losses: JSON.stringify(losses), signs: JSON.stringify(signs) };
        await book.keep(by, "recovery-finished", recovery.site, { recovery: recovery.id, outcome, signedBy, ...lists });
        await onHeld();
        return show(recovery.id);
      }),
    abandon: (by, id, reason) =>
      inTurn(async () => {
        const recovery = findOpen(id);
        await book.keep(by, "recovery-abandoned", recovery.site, { recovery: recovery.id, reason });
        await onHeld();
        return show(recovery.id);
      }),
  };
}

/** Throws `ANSWERS_INVALID`, `ANSWERS_CONTRADICT` with all that is wrong. */
function understood(knowledge: Knowledge, given: WrittenAnswers): Answers {
  const raw = Object.entries(given).map(([question, value]): RawAnswer => ({ question, value, line: 0 }));
  const { answers, faults, contradictions } = readAnswers(knowledge, raw);
  const wrong = faults.map(({ message }) => message);
  if (wrong.length > 0) throw new SitewrightError("ANSWERS_INVALID", ["the answers cannot be used", ...wrong].join("\n"));
  if (contradictions.length === 0) return answers;
  const speech = speechOf(knowledge, "en");
  const pairs = contradictions.map(({ code, questions }) => {
    const both = questions.map((question) => `${question}: ${JSON.stringify(answers.get(question) ?? null)}`).join(" and ");
    return `${code}: ${both} exclude each other: ${speech?.text(`contradictions.${code}`) ?? ""}`;
  });
  throw new SitewrightError("ANSWERS_CONTRADICT", ["correct one answer of each pair", ...pairs].join("\n"));
}

/** As the list of this version has it; a task of another version may be unknown to it. */
function nameOf(knowledge: Knowledge, id: string): { phase: string; title: string } {
  const phase = knowledge.tasks.find((task) => task.id === id)?.phase ?? "";
  return { phase, title: phase === "" ? id : (speechOf(knowledge, "en")?.text(`tasks.${id}.title`) ?? id) };
}

/** In English, as everything that the coordinator says. */
function wordsOf(knowledge: Knowledge): ListWords {
  const speech = speechOf(knowledge, "en");
  const known = new Set(knowledge.questions.map(({ id }) => id));
  return {
    task: (id) => nameOf(knowledge, id),
    // A question of another version may be unknown to this one.
    asked: (question) => (known.has(question) ? (speech?.text(`questions.${question}.ask`) ?? question) : `${question}:`),
    answer: (question, answer) => speech?.answer(question, answer) ?? String(answer),
  };
}

function named(knowledge: Knowledge, recovery: Recovery): RecoveryView {
  const words = wordsOf(knowledge);
  const listed = new Map(knowledge.tasks.map((task) => [task.id, task]));
  const withName = (task: Recovery["tasks"][number]): NamedTask => {
    const { automation = "M", command: stated, helps = false } = listed.get(task.id) ?? {};
    const own = stated?.replaceAll("<SITE>", recovery.site);
    if (own === undefined) return { ...task, ...nameOf(knowledge, task.id) };
    const command = recovery.state === "open" ? commandIn(own, recovery.site) : own;
    const offer = offerOf({ automation, command, helps });
    return { ...task, ...nameOf(knowledge, task.id), command, ...(offer ? { offer } : {}) };
  };
  const { tasks, dropped, answers, changes } = recovery;
  return {
    ...recovery,
    tasks: tasks.map(withName),
    dropped: dropped.map(withName),
    answersInWords: answersInWords(answers, words),
    changes: changes.map((change) => ({ ...change, inWords: changesInWords(change, words) })),
    onePerson: isOnePerson(recovery),
  };
}
