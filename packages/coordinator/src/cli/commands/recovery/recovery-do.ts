import type { Command } from "commander";
import { print } from "@sitewright/node-kit/output";
import { SitewrightError, terminalLine } from "@sitewright/protocol";
import type { PerformTask, Recovery, RecoveryTask } from "@sitewright/protocol/api";
import { call } from "../../api-client.ts";
import { confirm } from "../../confirm.ts";
import { connect } from "../../connect.ts";
import { EXIT } from "../../exit-codes.ts";
import { collect, withCommonOptions, type CommonOptions } from "../../selection-options.ts";
import { recoveryPath } from "./paths.ts";

const NOTE = `
'sitewright recovery show' names the tasks that Sitewright can do. What the task's command does is done, once what the task needs is closed, and
recorded as evidence: the task is done or failed, or waits for a person where the command only helps. Of a run it is recorded that it is running,
and its end when it has ended. The exit code is 1 when the task failed.
  sitewright recovery do ABC P11
  sitewright recovery do ABC S20 --yes
  sitewright recovery do ABC P14 --with SYSTEM=SRVABC`;

interface DoOptions extends CommonOptions {
  yes?: boolean;
  with?: string[];
}

/** recovery do: Sitewright does a task by itself. */
export function addDo(recovery: Command): void {
  const verb = recovery.command("do").argument("<recovery>").argument("<task>", "its id, such as P11");
  verb.description("have Sitewright do a task, and record what came of it").addHelpText("after", NOTE);
  verb
    .option("--yes", "do not ask for confirmation")
    .option("--with <name=value>", "what the task's command leaves open, such as SYSTEM=SRVABC (repeatable)", collect);
  withCommonOptions(verb).action(async (id: string, of: string, options: DoOptions) => {
    const connection = connect(options);
    const task = taskIn(await call<Recovery>(connection, "GET", recoveryPath(id)), of);
    const { asks, confirms } = offerOf(task);
    const given = givenIn(options.with ?? [], asks, task);
    const words = wordsOf(task, given);
    if (confirms && !options.yes)
      await confirm({
        question: terminalLine(`${task.title}: "${words}".`),
        unasked: terminalLine(`${of} runs "${words}", which changes something: add --yes to do it`),
        refused: "nothing was done",
      });
    const body: PerformTask = { confirmed: true, given };
    const after = await call<Recovery>(connection, "POST", recoveryPath(id, "tasks", of, "perform"), body);
    const done = taskIn(after, of);
    if (done.state === "failed") process.exitCode = EXIT.failed;
    print(options.json ? JSON.stringify(after) : renderDone(done));
  });
}

function taskIn({ id, tasks }: Recovery, of: string): RecoveryTask {
  const task = tasks.find((one) => one.id === of);
  if (task) return task;
  throw new SitewrightError("NOT_FOUND", `the recovery ${id} has no task ${of}: 'sitewright recovery show ${id}' lists them`);
}

function offerOf({ id, offer }: RecoveryTask): NonNullable<RecoveryTask["offer"]> {
  if (offer) return offer;
  throw new SitewrightError("BAD_REQUEST", `${id} is done by a person: record what became of it with 'sitewright recovery task'`);
}

/** Throws `BAD_REQUEST` for what is not written as NAME=VALUE or not asked for, and for what is missing. */
function givenIn(written: readonly string[], asks: readonly string[], { id, command = "" }: RecoveryTask): Record<string, string> {
  const given = Object.fromEntries(
    written.map((text) => {
      const [, name = "", value = ""] = /^([A-Z]+)=(.+)$/.exec(text) ?? [];
      if (asks.includes(name)) return [name, value] as const;
      const wanted = asks.length === 0 ? `${id} asks for nothing: leave it out` : `write ${asks.map((one) => `${one}=...`).join(" or ")}`;
      throw new SitewrightError("BAD_REQUEST", `--with ${text} cannot be used: ${wanted}`);
    }),
  );
  const missing = asks.filter((name) => !(name in given));
  if (missing.length === 0) return given;
  const options = missing.map((name) => `--with ${name}=...`).join(" ");
  throw new SitewrightError("BAD_REQUEST", `${id} runs "${command}": say what to use with ${options}`);
}

/** The command as it is carried out. */
function wordsOf({ command = "" }: RecoveryTask, given: Readonly<Record<string, string>>): string {
  return command.replaceAll(/<([A-Z]+)>/g, (place, name: string) => given[name] ?? place);
}

function renderDone({ id, state, title, records }: RecoveryTask): string {
  const { evidence, reason, undo, run } = records.at(-1) ?? {};
  const told = [...(evidence?.split("\n") ?? []), ...(reason === undefined || reason === evidence ? [] : [`failed: ${reason}`])];
  return [
    `${id} is ${state}: ${title}`,
    ...told.flatMap((text) => text.split("\n")).map((line) => `  ${line}`),
    ...(state === "running" && run !== undefined ? [`  run ${run}: 'sitewright watch ${run}' follows it; its end is recorded here`] : []),
    ...(undo === undefined ? [] : [`  undo: ${undo}`]),
  ]
    .map(terminalLine)
    .join("\n");
}
