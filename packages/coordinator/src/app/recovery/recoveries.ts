import { planRecovery, readAnswers, type Answers, type Knowledge, type RawAnswer } from "@sitewright/expert";
import { SitewrightError } from "@sitewright/protocol";
import type { LedgerKind } from "@sitewright/protocol/api";
import {
  afterRecoveryEntry,
  openRecoveryOf,
  refusalOfTask,
  remainsBefore,
  type ListedTask,
  type Outcome,
  type Recovery,
  type Recoveries as Known,
  type TaskRecord,
  type Told,
} from "../../domain/recovery/recovery.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Clock } from "../ports.ts";

/** Answers as a request has them: words, or lists of words, by question. */
export type GivenAnswers = Readonly<Record<string, string | readonly string[]>>;

export interface Opening {
  site: string;
  answers: GivenAnswers;
  /** Whoever opens it, unless told. */
  lead?: string;
  recorder?: string;
  abortWhen: readonly string[];
}

export interface Ending {
  outcome: Outcome;
  signedBy: string;
  losses: readonly string[];
}

/** Recoveries of sites, kept in the ledger and nowhere else. Every change is written there first; what is refused changes nothing. */
export interface Recoveries {
  /** Reads what the ledger has. To be called before anything else. */
  load(): Promise<void>;
  /** Newest first. */
  list(): Recovery[];
  /** By its id, or the site whose recovery is open. Throws `NOT_FOUND`. */
  find(idOrSite: string): Recovery;
  isOpen(site: string): boolean;
  /** Throws `NOT_FOUND`, `CONFLICT` while one is open, `ANSWERS_INVALID`. */
  open(by: Principal, opening: Opening): Promise<Recovery>;
  /** Throws `NOT_FOUND`, `CONFLICT`. */
  record(by: Principal, id: string, task: string, told: Omit<TaskRecord, "at" | "by">): Promise<Recovery>;
  /** Plans again; what was recorded stays. Throws `NOT_FOUND`, `CONFLICT`, `ANSWERS_INVALID`. */
  answer(by: Principal, id: string, answers: GivenAnswers): Promise<Recovery>;
  /** Throws `NOT_FOUND`, `CONFLICT` with all that remains. */
  finish(by: Principal, id: string, ending: Ending): Promise<Recovery>;
  /** Throws `NOT_FOUND`, `CONFLICT`. */
  abandon(by: Principal, id: string, reason: string): Promise<Recovery>;
}

export interface RecoveriesDeps {
  ledger: Pick<Ledger, "record" | "entries">;
  knowledge: Knowledge;
  /** What speaks against the numbers of a site now. Throws `NOT_FOUND`. */
  signsOf: (site: string) => Promise<readonly string[]>;
  newId: () => string;
  clock: Clock;
}

/** The ledger cuts longer texts off: a list that was cut could not be read again. */
const MOST_LIST = 20_000;

export function createRecoveries({ ledger, knowledge, signsOf, newId, clock }: RecoveriesDeps): Recoveries {
  let known: Known = new Map();
  /** One change after another: each is judged by what the one before left. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  async function keep(by: Principal, kind: LedgerKind, site: string, details: Told["details"]) {
    const what = { about: { site }, details };
    await ledger.record(by, kind, what);
    known = afterRecoveryEntry(known, { kind, at: clock(), by, ...what });
  }

  function find(idOrSite: string): Recovery {
    const found = known.get(idOrSite) ?? openRecoveryOf(known, idOrSite);
    if (found) return found;
    throw new SitewrightError("NOT_FOUND", `there is no recovery ${idOrSite}, and none is open for a site of that code`);
  }

  function findOpen(id: string): Recovery {
    const found = find(id);
    if (found.state === "open") return found;
    throw new SitewrightError("CONFLICT", `the recovery ${found.id} is ${found.state}: what was signed stays as it is`);
  }

  function planned(given: GivenAnswers): { answers: string; listVersion: string; tasks: string } {
    const answers = understood(knowledge, given);
    const listed = planRecovery(knowledge, answers).tasks.map(({ task, needs }): ListedTask => ({ id: task.id, needs }));
    const tasks = JSON.stringify(listed);
    if (tasks.length > MOST_LIST) throw new SitewrightError("ANSWERS_INVALID", "the list of tasks is too long for the ledger");
    return { answers: JSON.stringify(Object.fromEntries(answers)), listVersion: knowledge.version, tasks };
  }

  return {
    async load() {
      for await (const entry of ledger.entries()) known = afterRecoveryEntry(known, entry);
    },
    list: () => [...known.values()].toReversed(),
    find,
    isOpen: (site) => openRecoveryOf(known, site) !== undefined,
    open: (by, { site, answers, lead = by.name, recorder = by.name, abortWhen }) =>
      inTurn(async () => {
        await signsOf(site);
        const other = openRecoveryOf(known, site);
        if (other) throw new SitewrightError("CONFLICT", `the recovery ${other.id} of ${site} is open: finish or abandon it first`);
        const id = newId();
        const people = { lead, recorder, abortWhen: JSON.stringify(abortWhen) };
        await keep(by, "recovery-opened", site, { id, ...people, ...planned(answers) });
        return find(id);
      }),
    record: (by, id, task, told) =>
      inTurn(async () => {
        const recovery = findOpen(id);
        const refusal = refusalOfTask(recovery, task, { at: clock(), ...told });
        if (refusal !== undefined) throw new SitewrightError("CONFLICT", refusal);
        const facts = Object.fromEntries(Object.entries(told).map(([key, value]) => [key, String(value)]));
        await keep(by, "recovery-task", recovery.site, { recovery: recovery.id, task, ...facts });
        return find(recovery.id);
      }),
    answer: (by, id, answers) =>
      inTurn(async () => {
        const recovery = findOpen(id);
        const plan = planned(answers);
        const before = new Set(recovery.tasks.map((task) => task.id));
        const after = new Set((JSON.parse(plan.tasks) as ListedTask[]).map((task) => task.id));
        const differences = { added: [...after.difference(before)].join(" "), dropped: [...before.difference(after)].join(" ") };
        await keep(by, "recovery-answered", recovery.site, { recovery: recovery.id, ...plan, ...differences });
        return find(recovery.id);
      }),
    finish: (by, id, { outcome, signedBy, losses }) =>
      inTurn(async () => {
        const recovery = findOpen(id);
        const signs = outcome === "recovered" ? await signsOf(recovery.site) : [];
        const remains = remainsBefore(recovery, outcome, losses, signs);
        if (remains.length > 0) throw new SitewrightError("CONFLICT", `${recovery.id} cannot end as ${outcome}: ${remains.join("; ")}`);
        const signed = { recovery: recovery.id, outcome, signedBy, losses: JSON.stringify(losses) };
        await keep(by, "recovery-finished", recovery.site, signed);
        return find(recovery.id);
      }),
    abandon: (by, id, reason) =>
      inTurn(async () => {
        const recovery = findOpen(id);
        await keep(by, "recovery-abandoned", recovery.site, { recovery: recovery.id, reason });
        return find(recovery.id);
      }),
  };
}

/** Throws `ANSWERS_INVALID` with all that is wrong. */
function understood(knowledge: Knowledge, given: GivenAnswers): Answers {
  const raw = Object.entries(given).map(([question, value]): RawAnswer => ({ question, value, line: 0 }));
  const { answers, faults, contradictions } = readAnswers(knowledge, raw);
  const wrong = [
    ...faults.map(({ message }) => message),
    ...contradictions.map(({ code, questions }) => `${code}: the answers to ${questions.join(" and ")} exclude each other`),
  ];
  if (wrong.length > 0) throw new SitewrightError("ANSWERS_INVALID", ["the answers cannot be used", ...wrong].join("\n"));
  return answers;
}
