import type { Command } from "commander";
import type { RunKind } from "@sitewright/protocol";
import { shortList, type PackageView, type Plan, type RunView, type Run, type RunOptions } from "@sitewright/protocol/api";
import { call, type Connection } from "../api-client.ts";
import { confirm } from "../confirm.ts";
import { connect } from "../connect.ts";
import { exitCodeOf } from "../exit-codes.ts";
import type { Followed } from "../follow.ts";
import { renderFindings } from "../render/findings.ts";
import { renderPlan } from "../render/plan-table.ts";
import { selectionOf, wholeNumber, withCommonOptions, withSelection, type SelectionOptions } from "../selection-options.ts";
import { showRun } from "../show-run.ts";
import { print, tell } from "@sitewright/node-kit/output";

interface RunVerbOptions extends SelectionOptions {
  full?: boolean;
  rehash?: boolean;
  acceptOlder?: boolean;
  maxUnavailable?: number;
  grace?: number;
  wait?: boolean;
  detach?: boolean;
  yes?: boolean;
  all?: boolean;
  recovery?: string;
}

/** Each starts a run and follows it to its end. */
export function addRunVerbs(program: Command): void {
  const verb = (name: string, description: string): Command => withSelection(program.command(name).description(description));

  withCommonOptions(accepting(indexing(verb("plan", "show what a rebuild would take; changes nothing")))).action(plan);

  const rebuild = accepting(indexing(verb("rebuild", "rebuild units from the site server's data, and activate them")))
    .option("--full", "trust no byte that the systems hold: send everything again")
    .option(...GRACE);
  withCommonOptions(waitable(activating(rebuild))).action((options: RunVerbOptions) => runVerb("rebuild", options));

  const verify = indexing(verb("verify", "compare what systems hold with what they should hold; changes nothing")).option(
    "--full",
    "hash every byte, also of files that did not change since they were last hashed",
  );
  withCommonOptions(verify).action((options: RunVerbOptions) => runVerb("verify", options));

  const repair = accepting(indexing(verb("repair", "verify, and repair only what is wrong")))
    .option("--full", "hash every byte first, also of files that did not change since they were last hashed")
    .option(...GRACE);
  withCommonOptions(waitable(activating(repair))).action((options: RunVerbOptions) => runVerb("repair", options));

  addDistributionVerbs(program);

  const undo = verb("undo", "bring the previous generation back, while its grace time lasts").option(...ALL);
  withCommonOptions(waitable(activating(undo))).action((options: RunVerbOptions) => runVerb("undo", options));

  const remove = verb("remove", "delete units from systems; the only verb that removes anything")
    .option(...ALL)
    .option("--yes", "do not ask for confirmation");
  withCommonOptions(waitable(remove)).action(async (options: RunVerbOptions) => {
    await confirmRemove(options);
    await runVerb("remove", options);
  });
}

/** The field's three verbs for packages. */
function addDistributionVerbs(program: Command): void {
  const verb = (name: RunKind, description: string, by: Parameters<typeof withSelection>[1]): Command => {
    const command = indexing(withSelection(program.command(name).description(description), by)).option(...GRACE);
    command.action((options: RunVerbOptions) => runVerb(name, options));
    return command;
  };
  const redistribute = verb(
    "redistribute",
    "bring a site its packages and advertisements again: every byte there is proved, only what is missing is sent",
    ["site", "system", "package"],
  );
  const refresh = verb("refresh", "send again what is damaged or missing in copies of the present version; no version rises", [
    "site",
    "system",
    "package",
  ]);
  const update = verb("update", "send the difference to every copy of a package whose sourceVersion has risen", ["package"]);
  for (const command of [redistribute, refresh]) command.option(...ALL);
  for (const command of [redistribute, refresh, update]) withCommonOptions(waitable(activating(command)));
}

const ALL = ["--all", "everything is meant: required if nothing is named"] as const;

const GRACE = [
  "--grace <seconds>",
  "how long the previous generation is kept for clients and for undo (default 600)",
  wholeNumber("--grace", 0),
] as const;

function indexing(command: Command): Command {
  return command.option("--rehash", "read every byte of the site server's data, also of files that seem unchanged");
}

function accepting(command: Command): Command {
  return command.option("--accept-older", "also where a system holds a newer version of a package, or other files under the same one");
}

function activating(command: Command): Command {
  return command.option(
    "--max-unavailable <n>",
    "systems of a role at a site that may be activating at once (default 1)",
    wholeNumber("--max-unavailable", 1),
  );
}

function waitable(command: Command): Command {
  return command
    .option("--recovery <id or site>", "the open recovery that orders it: the quarantine of its site lets it through")
    .option("--wait", "wait also for agents that are not connected, until they have done their part")
    .option("--detach", "return as soon as the run has started; follow it with 'sitewright watch'");
}

async function runVerb(kind: RunKind, options: RunVerbOptions): Promise<void> {
  const connection = connect(options);
  const run = await start(connection, kind, options);
  if (options.detach) {
    print(options.json ? JSON.stringify(run) : run.id);
    return;
  }
  report(await showRun(connection, run.id, options.wait ?? false), options.json ?? false);
}

async function plan(options: RunVerbOptions): Promise<void> {
  const connection = connect(options);
  const { id } = await start(connection, "plan", options);
  const followed = await showRun(connection, id, false);
  const found = await call<Plan>(connection, "GET", `/api/v1/plan/${id}`);
  if (options.json) print(JSON.stringify(await withAllRows(connection, found)));
  else print(renderPlan(found, await packageNames(connection), Date.now()));
  process.exitCode = exitCodeOf(followed);
}

/** The first page of a plan with the rows of all. */
async function withAllRows(connection: Connection, { next: second, ...first }: Plan): Promise<Plan> {
  const rows = [...first.rows];
  for (let next = second; next !== undefined;) {
    const page: Plan = await call<Plan>(connection, "GET", `/api/v1/plan/${first.run.id}?after=${next}`);
    rows.push(...page.rows);
    ({ next } = page);
  }
  return { ...first, rows };
}

/** By unit key. */
async function packageNames(connection: Connection): Promise<Map<string, string>> {
  const packages = await call<PackageView[]>(connection, "GET", "/api/v1/packages");
  return new Map(packages.flatMap(({ id, name }) => (name === undefined ? [] : [[`dp/${id}`, name]])));
}

function start(connection: Connection, kind: RunKind, options: RunVerbOptions): Promise<Run> {
  const runOptions: Partial<RunOptions> = {
    ...selectionOf(options),
    ...(options.all ? { all: true } : {}),
    ...(options.full ? { full: true } : {}),
    ...(options.rehash ? { rehash: true } : {}),
    ...(options.acceptOlder ? { acceptOlder: true } : {}),
    ...(options.recovery === undefined ? {} : { recovery: options.recovery }),
    ...(options.maxUnavailable === undefined ? {} : { maxUnavailable: options.maxUnavailable }),
    ...(options.grace === undefined ? {} : { graceMs: options.grace * 1000 }),
  };
  return call<Run>(connection, "POST", "/api/v1/runs", { kind, options: runOptions });
}

/** Prints the findings, as text or as the whole run in JSON, and sets the exit code. */
export function report(followed: Followed, json: boolean): void {
  const { view, settled } = followed;
  const findings = renderFindings(view);
  if (json) print(JSON.stringify(view satisfies RunView));
  else if (findings !== undefined) print(findings);
  if (settled === "unreachable") {
    tell(
      `unreachable: ${shortList(view.totals.unreachable, 12)}: their orders wait in the coordinator until their agents connect ('sitewright watch ${view.run.id} --wait' follows them)`,
    );
  }
  process.exitCode = exitCodeOf(followed);
}

async function confirmRemove(options: RunVerbOptions): Promise<void> {
  const { sites, systems, roles, packages } = selectionOf(options);
  // Without a place the coordinator refuses it, and says which one is missing.
  if (options.yes || (!options.all && systems.length + packages.length === 0)) return;
  const what = [...packages, ...roles].join(", ") || "every unit";
  const where = [...systems, ...sites].join(", ") || "every system";
  await confirm({
    question: `Delete ${what} on ${where}?`,
    unasked: `this would delete ${what} on ${where}: add --yes to do it`,
    refused: "nothing was deleted",
  });
}
