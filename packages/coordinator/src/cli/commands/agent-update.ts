import type { Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import type { AgentUpdate, AgentUpdateRequest, StartedAgentUpdate } from "@sitewright/protocol/api";
import { print, tell } from "@sitewright/node-kit/output";
import { call } from "../api-client.ts";
import { connect } from "../connect.ts";
import { renderTable } from "../render/table.ts";
import { collect, withCommonOptions, type CommonOptions } from "../selection-options.ts";

interface UpdateOptions extends CommonOptions {
  system?: string[];
  all?: true;
  to?: string;
  wave?: string;
  cancel?: true;
}

/** agent update: starts an update of agents' programs, shows the last one, or cancels it. */
export function addAgentUpdate(agent: Command): void {
  const update = agent
    .command("update")
    .description(
      "update the program of agents that are single executables, wave after wave; without --system and --all show the last update",
    )
    .option("--system <name>", "this one (repeatable)", collect)
    .option("--all", "all that are connected and older")
    .option("--to <version>", "to this version; by default the newest in the coordinator's folder of packages (--agents)")
    .option("--wave <number>", "so many at a time; the next ones when all of these have reported the version (default: 5)")
    .option("--cancel", "tell no further agent; those that were told continue");
  withCommonOptions(update).action(async (options: UpdateOptions) => {
    const connection = connect(options);
    const request = requestOf(options);
    if (request === "show") {
      const { update: last } = await call<{ update?: AgentUpdate }>(connection, "GET", "/api/v1/agent-updates");
      if (options.json) return print(JSON.stringify(last ?? null));
      return print(last ? renderUpdate(last) : "no update of agents was started");
    }
    if (request === "cancel") {
      const cancelled = await call<AgentUpdate>(connection, "POST", "/api/v1/agent-updates/cancel");
      return print(options.json ? JSON.stringify(cancelled) : renderUpdate(cancelled));
    }
    const started = await call<StartedAgentUpdate>(connection, "POST", "/api/v1/agent-updates", request);
    if (options.json) return print(JSON.stringify(started));
    print(renderUpdate(started));
    for (const { system, why } of started.skipped) tell(`${system} is left out: ${why}`);
    tell("'sitewright agent update' shows how it goes on");
  });
}

function requestOf({ system, all, to, wave, cancel }: UpdateOptions): AgentUpdateRequest | "show" | "cancel" {
  if ([system, all, cancel].filter((one) => one !== undefined).length > 1)
    throw new SitewrightError("BAD_REQUEST", "name systems with --system, or take --all, or --cancel: one of them");
  if (cancel) return "cancel";
  if (!system && !all) {
    if (to === undefined && wave === undefined) return "show";
    throw new SitewrightError("BAD_REQUEST", "which agents? Name them with --system, or take --all");
  }
  if (wave !== undefined && !/^[1-9]\d{0,3}$/.test(wave))
    throw new SitewrightError("BAD_REQUEST", `--wave ${wave} is no number from 1 to 9999`);
  if (to !== undefined && !/^\d{1,6}(\.\d{1,6}){2}$/.test(to))
    throw new SitewrightError("BAD_REQUEST", `--to ${to} is no version: write it like 0.2.0`);
  return {
    ...(system ? { systems: system } : {}),
    ...(to === undefined ? {} : { version: to }),
    ...(wave === undefined ? {} : { wave: Number(wave) }),
  };
}

const STATES: Record<AgentUpdate["state"], string> = {
  running: "runs",
  halted: "is halted, because an agent failed: start it again when the cause is removed",
  done: "is done",
  cancelled: "was cancelled",
};

function renderUpdate({ version, state, systems }: AgentUpdate): string {
  const table = renderTable<AgentUpdate["systems"][number]>(
    [
      { head: "system", value: ({ system }) => system },
      { head: "wave", value: ({ wave }) => String(wave) },
      { head: "agent", value: ({ state: agent }) => agent },
      { head: "why", value: ({ why = "" }) => why },
    ],
    systems,
  );
  return `The update to ${version} ${STATES[state]}\n${table}`;
}
