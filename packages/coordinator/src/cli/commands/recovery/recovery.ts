import { Option, type Command } from "commander";
import { RECOVERY_OUTCOMES, RECOVERY_TASK_STATES, SitewrightError, plural } from "@sitewright/protocol";
import type { FinishRecovery, RecordTask, Recovery, RecoveryReport, RecoverySummary, StartRecovery } from "@sitewright/protocol/api";
import { call } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { parseTime } from "../../parse-time.ts";
import { renderRecovery, renderReport, renderStarted, renderStatus, renderSummaries } from "../../render/recovery-text.ts";
import { collect, wholeNumber, withCommonOptions, type CommonOptions } from "../../selection-options.ts";
import { print } from "@sitewright/node-kit/output";
import { RECOVERIES_PATH, recoveryPath } from "./paths.ts";
import { addDo } from "./recovery-do.ts";

const NOTE = `
A recovery is the list of 'sitewright expert' with what became of each task, kept in the ledger permanently. While it is open, its
site is in quarantine: only what it orders is sent, as with 'sitewright rebuild --recovery ABC', and nothing before the site's numbers are
raised. <recovery> is its id or the code of its site: the one that is open, or else the last one.
  sitewright recovery start ABC --answers answers.yaml --lead anna --abort-when "no backup can be restored"
  sitewright recovery task ABC P01 done --evidence "form 12" --done-by carl --done-at "2026-01-31 10:00"
  sitewright recovery do ABC P11
  sitewright recovery finish ABC --outcome with-losses --loss "inventory of a week" --signed-by dora
  sitewright recovery report ABC`;

/** recovery start, status, task, do, answers, finish, abandon, list, show, report. */
export function addRecovery(program: Command): void {
  const recovery = program
    .command("recovery")
    .description("recoveries of sites: open one, record its tasks, end it, and what became of it");
  recovery.addHelpText("after", NOTE);
  addStart(recovery);
  addStatus(recovery);
  addTask(recovery);
  addDo(recovery);
  addAnswers(recovery);
  addEnds(recovery);
  addReading(recovery);
}

/** One recovery as JSON, or as these lines. */
function printOne(one: Recovery, json: boolean | undefined, lines: (one: Recovery) => string): void {
  print(json ? JSON.stringify(one) : lines(one));
}

const answersOption = () => new Option("--answers <file>", "as for 'sitewright expert'; - is standard input").makeOptionMandatory();

/** As they are written in the file; the coordinator checks them. */
async function answersIn(file: string): Promise<StartRecovery["answers"]> {
  // No other verb needs what this loads.
  const { readAnswersFile } = await import("@sitewright/expert/load");
  return Object.fromEntries(readAnswersFile(file).map(({ question, value }) => [question, typeof value === "string" ? value : [...value]]));
}

function addStart(recovery: Command): void {
  const start = recovery.command("start").argument("<site>", "its code").description("open the recovery of a site with the expert's list");
  start
    .addOption(answersOption())
    .option("--lead <name>", "who leads it (you, unless told)")
    .option("--recorder <name>", "who records it (you, unless told)")
    .option("--abort-when <text>", "when it is to be given up (repeatable); fixed from now on", collect);
  withCommonOptions(start).action(
    async (site: string, options: CommonOptions & { answers: string; lead?: string; recorder?: string; abortWhen?: string[] }) => {
      const { answers, lead, recorder, abortWhen } = options;
      const people = { ...(lead === undefined ? {} : { lead }), ...(recorder === undefined ? {} : { recorder }) };
      const body: StartRecovery = { site, answers: await answersIn(answers), ...people, ...(abortWhen ? { abortWhen } : {}) };
      printOne(await call<Recovery>(connect(options), "POST", RECOVERIES_PATH, body), options.json, renderStarted);
    },
  );
}

function addStatus(recovery: Command): void {
  withCommonOptions(recovery.command("status").description("the open ones in short: how far, what waits, what comes next")).action(
    async (options: CommonOptions) => {
      const open = (await call<RecoverySummary[]>(connect(options), "GET", RECOVERIES_PATH)).filter(({ state }) => state === "open");
      print(options.json ? JSON.stringify(open) : renderStatus(open));
    },
  );
}

interface TaskOptions extends CommonOptions, Omit<RecordTask, "state" | "plannedMinutes"> {
  planned?: number;
}

function addTask(recovery: Command): void {
  const task = recovery.command("task").argument("<recovery>").argument("<task>", "its id, such as P01");
  task.argument("<state>", RECOVERY_TASK_STATES.join(", ")).description("record what became of a task");
  task
    .option("--reason <text>", "why; needed for skipped and failed")
    .option("--evidence <text>", "what shows it: a log, a form, a run")
    .option("--undo <text>", "how it is taken back: a run, a file")
    .option("--done-by <name>", "who did it, if not you")
    .option("--done-at <time>", 'when it was done, if it is entered later: "2026-01-31 10:00" by this machine\'s clock', (text: string) =>
      parseTime("--done-at", text),
    )
    .option("--planned <minutes>", "how long it should take", wholeNumber("--planned", 1));
  withCommonOptions(task).action(async (id: string, of: string, written: string, { planned, ...options }: TaskOptions) => {
    const state = RECOVERY_TASK_STATES.find((known) => known === written);
    if (!state) {
      throw new SitewrightError("BAD_REQUEST", `"${written}" is no state of a task: write one of ${RECOVERY_TASK_STATES.join(", ")}`);
    }
    const { reason, evidence, undo, doneBy, doneAt } = options;
    const told = Object.entries({ reason, evidence, undo, doneBy, doneAt, plannedMinutes: planned });
    const body = { state, ...Object.fromEntries(told.filter(([, value]) => value !== undefined)) };
    printOne(await call<Recovery>(connect(options), "POST", recoveryPath(id, "tasks", of), body), options.json, (one) => {
      const closed = one.tasks.find((known) => known.id === of);
      return `${of} is ${closed?.state ?? state}: ${closed?.title ?? ""}`;
    });
  });
}

function addAnswers(recovery: Command): void {
  const answers = recovery
    .command("answers")
    .argument("<recovery>")
    .description("other answers: the list is planned again, and what was recorded stays");
  withCommonOptions(answers.addOption(answersOption())).action(async (id: string, options: CommonOptions & { answers: string }) => {
    const body = { answers: await answersIn(options.answers) };
    printOne(await call<Recovery>(connect(options), "POST", recoveryPath(id, "answers"), body), options.json, ({ changes, tasks }) => {
      const { added = [], dropped = [] } = changes.at(-1) ?? {};
      return `${plural(tasks.length, "task")} now; added: ${added.join(" ") || "none"}; not asked for any more: ${dropped.join(" ") || "none"}`;
    });
  });
}

function addEnds(recovery: Command): void {
  const finish = recovery
    .command("finish")
    .argument("<recovery>")
    .description("end it, signed; what remains open keeps all but 'failed' from it");
  finish
    .addOption(new Option("--outcome <outcome>", "how it ended").choices(RECOVERY_OUTCOMES).makeOptionMandatory())
    .option("--signed-by <name>", "who answers for it (you, unless told)")
    .option("--loss <text>", "what was lost (repeatable); needed for with-losses", collect);
  withCommonOptions(finish).action(
    async (id: string, options: CommonOptions & Pick<FinishRecovery, "outcome" | "signedBy"> & { loss?: string[] }) => {
      const { outcome, signedBy, loss } = options;
      const body = { outcome, ...(signedBy === undefined ? {} : { signedBy }), ...(loss ? { losses: loss } : {}) };
      printOne(await call<Recovery>(connect(options), "POST", recoveryPath(id, "finish"), body), options.json, (one) => {
        return `the recovery ${one.id} of ${one.site} has ended: ${outcome}, signed by ${one.end?.signedBy ?? ""}; 'sitewright recovery report ${one.id}' says what it was`;
      });
    },
  );
  const abandon = recovery
    .command("abandon")
    .argument("<recovery>")
    .description("give it up: its site is held again if its numbers went back");
  abandon.requiredOption("--reason <text>", "why; it is kept in the ledger");
  withCommonOptions(abandon).action(async (id: string, options: CommonOptions & { reason: string }) => {
    const body = { reason: options.reason };
    printOne(await call<Recovery>(connect(options), "POST", recoveryPath(id, "abandon"), body), options.json, (one) => {
      return `the recovery ${one.id} of ${one.site} is abandoned: no site becomes a child of ${one.site} before another one has ended, or 'sitewright site accept ${one.site} --reason TEXT' takes it as it is`;
    });
  });
}

function addReading(recovery: Command): void {
  withCommonOptions(recovery.command("list").description("all of them, newest first")).action(async (options: CommonOptions) => {
    const all = await call<RecoverySummary[]>(connect(options), "GET", RECOVERIES_PATH);
    print(options.json ? JSON.stringify(all) : renderSummaries(all));
  });
  withCommonOptions(recovery.command("show").argument("<recovery>").description("one with all of its tasks")).action(
    async (id: string, options: CommonOptions) =>
      printOne(await call<Recovery>(connect(options), "GET", recoveryPath(id)), options.json, renderRecovery),
  );
  withCommonOptions(
    recovery
      .command("report")
      .argument("<recovery>")
      .description("planned against real, losses, deviations, debts, and who had which part"),
  ).action(async (id: string, options: CommonOptions) => {
    const report = await call<RecoveryReport>(connect(options), "GET", recoveryPath(id, "report"));
    print(options.json ? JSON.stringify(report) : renderReport(report));
  });
}
