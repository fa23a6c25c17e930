import type { Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import type { Run } from "@sitewright/protocol/api";
import { call, type Connection } from "../api-client.ts";
import { connect } from "../connect.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { showRun } from "../show-run.ts";
import { steerAddress } from "./address.ts";
import { report } from "./run-verbs.ts";
import { print } from "@sitewright/node-kit/output";

const RUN = "id of the run; default: the newest that has not ended";

/** watch, cancel, pause, resume, retry: verbs on an existing run; without an id, on the newest one to which the verb applies. */
export function addControlVerbs(program: Command): void {
  const watch = program
    .command("watch")
    .argument("[run]", RUN)
    .description("follow a run live to its end")
    .option("--wait", "wait also for agents that are not connected, until they have done their part");
  withCommonOptions(watch).action(async (id: string | undefined, options: CommonOptions & { wait?: boolean }) => {
    const connection = connect(options);
    report(await showRun(connection, id ?? (await newestOpen(connection)), options.wait ?? false), options.json ?? false);
  });
  control(program, "cancel", "stop a run; what was activated stays, what was only staged is deleted");
  control(program, "pause", "start no further step; steps that have begun end");
  control(program, "resume", "continue with a paused run");
  withCommonOptions(
    program.command("retry").argument("[run]", "id of the run").description("try the failed steps of a run again, and follow it"),
  )
    .option("--wait", "also for agents that are not connected")
    .option("--detach", "return as soon as the run is open again")
    .action(async (id: string | undefined, options: CommonOptions & { wait?: boolean; detach?: boolean }) => {
      const connection = connect(options);
      const run = await call<Run>(connection, "POST", `/api/v1/runs/${id ?? (await newestFailed(connection))}/retry`);
      if (options.detach) print(options.json ? JSON.stringify(run) : run.id);
      else report(await showRun(connection, run.id, options.wait ?? false), options.json ?? false);
    });
}

function control(program: Command, verb: "cancel" | "pause" | "resume", description: string): void {
  const command = program.command(verb).argument("[run]", RUN).description(description);
  if (verb !== "cancel") command.option("--address <key>", `${verb} this address instead of a run ('sitewright address list' names them)`);
  withCommonOptions(command).action(async (id: string | undefined, options: CommonOptions & { address?: string }) => {
    const connection = connect(options);
    if (options.address !== undefined && verb !== "cancel") {
      if (id !== undefined) throw new SitewrightError("BAD_REQUEST", `${verb} a run or an address: leave one of them out`);
      return steerAddress(connection, verb, options.address, options.json ?? false);
    }
    const run = await call<Run>(connection, "POST", `/api/v1/runs/${id ?? (await newestOpen(connection))}/${verb}`);
    print(options.json ? JSON.stringify(run) : `${run.kind} ${run.id}: ${run.state}`);
  });
}

async function newestFailed(connection: Connection): Promise<string> {
  const runs = await call<Run[]>(connection, "GET", "/api/v1/runs?limit=50");
  const failed = runs.find((run) => run.state === "failed");
  if (!failed) throw new SitewrightError("NOT_FOUND", "no run failed: there is nothing to retry");
  return failed.id;
}

async function newestOpen(connection: Connection): Promise<string> {
  const runs = await call<Run[]>(connection, "GET", "/api/v1/runs?limit=50");
  const open = runs.find((run) => run.endedAt === undefined);
  if (!open) throw new SitewrightError("NOT_FOUND", "no run is under way: name one ('sitewright status' lists them)");
  return open.id;
}
