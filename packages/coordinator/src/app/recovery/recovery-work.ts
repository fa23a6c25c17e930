import { SitewrightError, plural } from "@sitewright/protocol";
import type { Principal } from "../../domain/principal.ts";
import { refusalOfTask, type Recovery, type TaskRecord } from "../../domain/recovery/recovery.ts";
import { evidenceOf, undoOf, workOf, type TaskWork } from "../../domain/recovery/task-work.ts";
import { ITSELF } from "../ledger/ledger.ts";
import type { LiveView } from "../live/live-view.ts";
import type { Log } from "../log.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Operations } from "../runs/operations.ts";
import type { DeletionControl } from "../sites/deletions.ts";
import type { SiteBackups } from "../agents/site-backups.ts";
import type { SourceControl } from "../sites/source-control.ts";
import type { ObjectRepair } from "./object-repair.ts";
import type { ParentChecks } from "./parent-checks.ts";
import type { Recoveries, RecoveryView } from "./recoveries.ts";
import type { RecoveryBook } from "./recovery-book.ts";
import type { SerialPlan, SerialRepair } from "./serial-repair.ts";

/** What a person says before Sitewright does a task. */
export interface Asked {
  confirmed?: boolean;
  /** By the name of its place in the command, such as `SYSTEM`. */
  given?: Readonly<Record<string, string>>;
}

/** Does tasks of recoveries, and records what came of them. */
export interface RecoveryWork {
  /**
   * What ends at once is recorded with its result; of a run it is recorded that it is running, and the result when it has ended.
   * Throws `NOT_FOUND`, `CONFLICT` (what it needs is not done, or it runs already), `CONFIRMATION_NEEDED`, `BAD_REQUEST`, and as the use
   * case throws; then nothing is recorded.
   */
  perform(by: Principal, recovery: string, task: string, asked: Asked): Promise<RecoveryView>;
  /** To be called at the start: records the runs that ended while no coordinator ran. */
  resume(): Promise<void>;
  /** To be called again and again: records the ends that could not be recorded when they were noticed. */
  recordLate(): Promise<void>;
}

export interface RecoveryWorkDeps {
  book: Pick<RecoveryBook, "list" | "find">;
  recoveries: Pick<Recoveries, "show" | "record" | "report">;
  operations: Pick<Operations, "start" | "run">;
  serials: Pick<SerialRepair, "site" | "plan" | "apply">;
  objects: Pick<ObjectRepair, "plan">;
  parents: Pick<ParentChecks, "check">;
  deletions: Pick<DeletionControl, "plan">;
  sources: Pick<SourceControl, "missing">;
  siteBackups: Pick<SiteBackups, "status">;
  live: Pick<LiveView, "subscribe">;
  clock: Clock;
  log: Log;
}

/** What came of it. @param wrong Why it failed; absent: it did not. @param isLeft Whether a person has to do the rest of the task. */
interface Result {
  evidence: string;
  wrong?: string;
  isLeft?: boolean;
}

/** Of a list in a piece of evidence: the rest is counted. */
const SHOWN = 50;
/** Characters of what was found: what is longer could not be recorded at all. */
const MOST_FOUND = 8_000;

export function createRecoveryWork(deps: RecoveryWorkDeps): RecoveryWork {
  const { book, recoveries, operations, serials, objects, parents, deletions, sources, siteBackups, live, clock, log } = deps;
  /** An end is recorded once, however often it is noticed. */
  const inTurn = oneAtATime();
  /** Recoveries with the tasks of theirs that are being begun: two people may ask for the same one. */
  const beginning = new Set<string>();
  /** Runs whose ends could not be recorded. */
  const late = new Set<string>();

  async function resultOf(by: Principal, work: Exclude<TaskWork, { kind: "run" }>, { id, site }: Recovery): Promise<Result> {
    switch (work.kind) {
      case "open-recovery":
        return { evidence: openingOf(recoveries.show(id)) };
      case "report-recovery": {
        const { tasks, deviations, debts } = recoveries.report(id);
        return {
          evidence: `the report has ${plural(tasks.length, "task")}, ${plural(deviations.length, "deviation")} and ${plural(debts.length, "open debt")}`,
        };
      }
      case "plan-serials":
        return { evidence: planWords(await serials.plan(site, [])) };
      case "raise-serials": {
        const raised = planWords(await serials.apply(by, site, []));
        const below = await belowWhatWasSeen(site);
        return below === undefined ? { evidence: raised } : { evidence: `${raised}\n${below}`, isLeft: true };
      }
      case "check-numbers": {
        const { stated, signs, shrunk } = await serials.site(site);
        const against = [...shrunk, ...signs];
        const numbers = Object.entries(stated.serials).map(([counter, number]) => `${counter} ${number}`);
        const evidence = `${site} states epoch ${stated.epoch}${numbers.map((one) => `, ${one}`).join("")}`;
        return against.length === 0 ? { evidence: `${evidence}; nothing speaks against that` } : { evidence, wrong: shortened(against) };
      }
      case "find-missing": {
        const missing = (await sources.missing()).map(({ message }) => message);
        if (missing.length === 0) return { evidence: "nothing is missing in the site data" };
        return { evidence: `${plural(missing.length, "place is", "places are")} missing in the site data`, wrong: shortened(missing) };
      }
      case "list-site-backups": {
        const { runs } = await siteBackups.status(work.system);
        const words = runs.map(({ run, state, fault }) => `${run} ${state}${fault === undefined ? "" : ` (${fault})`}`);
        if (runs.some(({ state }) => state === "complete")) return { evidence: shortened(words) };
        return {
          evidence: `${work.system} has ${plural(runs.length, "backup")}`,
          wrong: shortened(["none of them is complete", ...words]),
        };
      }
      case "plan-deletion": {
        const { warnings, steps } = await deletions.plan({ site: work.site }, id);
        const words = steps.map(({ what, details }) => [what, ...details].join("; "));
        return { evidence: shortened([...warnings, ...words]) };
      }
      case "find-objects": {
        const { findings, unreached } = await objects.plan(site);
        const found = findings.map(({ kind, id, finding }) => `${kind}/${id}: ${finding}`);
        const evidence = `${plural(found.length, "object")} to decide about${unreached.length > 0 ? `; not reached: ${unreached.join(", ")}` : ""}`;
        return found.length === 0 ? { evidence } : { evidence, wrong: shortened(found) };
      }
      case "check-parent": {
        const { child, parent, chain, blocks, warnings, overwritten } = await parents.check(work.child, work.parent);
        const found = [...blocks, ...warnings].map((finding) => `${finding.site}: ${finding.message}`);
        const evidence = `${child} below ${parent}: checked ${chain.join(", ")}; ${plural(blocks.length, "finding blocks", "findings block")} it, ${plural(warnings.length, "warns", "warn")}; ${plural(overwritten.length, "definition")} would be overwritten`;
        return blocks.length === 0 ? { evidence: [evidence, ...found].join("\n") } : { evidence, wrong: shortened(found) };
      }
    }
  }

  /** Definitions whose version or serial is below one that was seen: a person decides which content each of them has, and its number with that. */
  async function belowWhatWasSeen(site: string): Promise<string | undefined> {
    try {
      const { findings, unreached } = await objects.plan(site);
      const lower = findings.filter(({ finding }) => finding === "changed").map(({ kind, id }) => `${kind}/${id}`);
      if (lower.length === 0 && unreached.length === 0) return undefined;
      const below =
        lower.length > 0 ? [`below what was seen, to be decided with 'sitewright repair-objects --site ${site}': ${lower.join(", ")}`] : [];
      return shortened([...below, ...(unreached.length > 0 ? [`not reached, and may hold higher ones: ${unreached.join(", ")}`] : [])]);
    } catch (error) {
      // The numbers are raised, which has to be recorded.
      return `the definitions could not be compared with what was seen: ${SitewrightError.from(error).message}`;
    }
  }

  /** Undefined: it has not ended. */
  async function resultOfRun(id: string): Promise<Result | undefined> {
    const view = await operations.run(id).catch((error: unknown) => {
      if (SitewrightError.from(error).code === "NOT_FOUND") return undefined;
      throw error;
    });
    if (!view) return { evidence: `the record of run ${id} is lost`, wrong: `what run ${id} did is not known: have the task done again` };
    const { run, totals } = view;
    if (run.endedAt === undefined) return undefined;
    const evidence = evidenceOf(run, totals);
    return run.state === "done" ? { evidence } : { evidence, wrong: `run ${id} is ${run.state}` };
  }

  async function performOnce(
    by: Principal,
    recovery: RecoveryView,
    task: string,
    { confirmed = false, given = {} }: Asked,
  ): Promise<RecoveryView> {
    const refusal = refusalOfTask(recovery, task, { state: "done", at: clock() }) ?? refusalOfRepeat(recovery, task);
    if (refusal !== undefined) throw new SitewrightError("CONFLICT", refusal);
    const { command = "", offer } = recovery.tasks.find(({ id }) => id === task) ?? {};
    const work = offer && workOf(command, given);
    if (!work) throw new SitewrightError("BAD_REQUEST", `${task} is done by a person: record what became of it`);
    const unsaid = offer.asks.filter((name) => (given[name] ?? "") === "");
    if (unsaid.length > 0)
      throw new SitewrightError("BAD_REQUEST", `${task} runs "${command}": say which ${unsaid.join(" and ").toLowerCase()}`);
    if (offer.confirms && !confirmed)
      throw new SitewrightError("CONFIRMATION_NEEDED", `${task} runs "${command}", which changes something: confirm it`);
    const undo = undoOf(work, recovery.site);
    const back = undo === undefined ? {} : { undo };
    if (work.kind !== "run") {
      const record = recordOf(await resultOf(by, work, recovery), offer.helps);
      return recoveries.record(by, recovery.id, task, { ...record, ...back });
    }
    const run = await operations.start(by, work.run, { ...work.options, recovery: recovery.id });
    await recoveries.record(by, recovery.id, task, { state: "running", run: run.id, ...back });
    // It may have ended before anything said that it is this task's.
    await settle(run.id);
    return recoveries.show(recovery.id);
  }

  /** Records the end of a run of which a task says that it is running. */
  const settle = (run: string): Promise<void> =>
    inTurn(async () => {
      const found = book.list().flatMap((recovery) => tasksRunning(recovery).map((running) => ({ recovery, ...running })));
      const mine = found.find((one) => one.run === run);
      const result = mine && (await resultOfRun(run));
      if (result) {
        const { recovery, task } = mine;
        const { tasks, dropped } = recoveries.show(recovery.id);
        const { offer } = [...tasks, ...dropped].find(({ id }) => id === task) ?? {};
        await recoveries.record(ITSELF, recovery.id, task, { ...recordOf(result, offer?.helps ?? false), run });
      }
      late.delete(run);
    }).catch((error: unknown) => {
      if (!late.has(run)) log.warn({ run, error: String(error) }, "the end of a recovery's run could not be recorded: it is tried again");
      late.add(run);
    });

  live.subscribe((event) => {
    if (event.type === "run" && event.run.endedAt !== undefined) void settle(event.run.id);
  });

  return {
    async perform(by, of, task, asked) {
      const recovery = recoveries.show(of);
      const key = `${recovery.id} ${task}`;
      if (beginning.has(key)) throw new SitewrightError("CONFLICT", `${task} runs already: another request has just begun it`);
      beginning.add(key);
      try {
        return await performOnce(by, recovery, task, asked);
      } finally {
        beginning.delete(key);
      }
    },
    async resume() {
      for (const { run } of book.list().flatMap(tasksRunning)) await settle(run);
    },
    async recordLate() {
      for (const run of late) await settle(run);
    },
  };
}

/** What helps a person waits for that person. */
function recordOf({ evidence, wrong, isLeft = false }: Result, helps: boolean): Omit<TaskRecord, "at" | "by"> {
  if (wrong !== undefined) return { state: "failed", evidence: bounded(evidence), reason: bounded(wrong) };
  return { state: helps || isLeft ? "waiting" : "done", evidence: bounded(evidence) };
}

function bounded(text: string): string {
  return text.length > MOST_FOUND ? `${text.slice(0, MOST_FOUND)} ... (${text.length - MOST_FOUND} characters more)` : text;
}

/** Also those that are not asked for any more: they may be asked for again. */
function tasksRunning({ state, tasks, dropped }: Recovery): { task: string; run: string }[] {
  if (state !== "open") return [];
  return [...tasks, ...dropped].flatMap(({ id, state: now, records }) => {
    const run = records.at(-1)?.run;
    return now === "running" && run !== undefined ? [{ task: id, run }] : [];
  });
}

function refusalOfRepeat(recovery: Recovery, task: string): string | undefined {
  const running = tasksRunning(recovery).find((one) => one.task === task);
  return running && `${task} runs already: run ${running.run} has not ended`;
}

function openingOf({ id, operator, lead, recorder, listVersion, abortWhen }: Recovery): string {
  const criteria = abortWhen.length > 0 ? `; to be given up when: ${abortWhen.join("; ")}` : "";
  return `recovery ${id} was opened by ${operator}, is led by ${lead} and recorded by ${recorder}; list ${listVersion}${criteria}`;
}

function planWords({ epoch, proposals }: SerialPlan): string {
  const rows = proposals.map(({ counter, stated, number, implausible }) => {
    const doubts = implausible.map((one) => `, ${one.witness} states ${one.number}, which is implausible`).join("");
    return `${counter}: ${stated} -> ${number}${doubts}`;
  });
  return shortened([`epoch ${epoch}`, ...rows]);
}

function shortened(lines: readonly string[]): string {
  const more = lines.length > SHOWN ? [`... and ${lines.length - SHOWN} more`] : [];
  return [...lines.slice(0, SHOWN), ...more].join("\n");
}
