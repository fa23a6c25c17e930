import type { Command } from "commander";
import { LIMITS, terminalLine } from "@sitewright/protocol";
import type { LogAnswer, LogLine } from "@sitewright/protocol/api";
import { call } from "../api-client.ts";
import { connect } from "../connect.ts";
import { EXIT } from "../exit-codes.ts";
import { wholeNumber, withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print, tell } from "@sitewright/node-kit/output";

const SIDES = { coordinator: "coordinator", agent: "agent      " } as const;

/** `2026-01-31T10:00:00.000Z agent info stage done order=...`; text of other parties cannot control the terminal. */
export function renderLogLine({ time, side, level, message, ...facts }: LogLine): string {
  const told = Object.entries(facts).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return terminalLine([new Date(time).toISOString(), SIDES[side], level.padEnd(5), message, ...told].join("  "));
}

export function addLogs(program: Command): void {
  withCommonOptions(program.command("logs").description("what the coordinator and the agent logged about an order, or about a system"))
    .option("--order <id>", "the order, by the id that 'sitewright status --json' and the logs show")
    .option("--system <name>", "the system")
    .option("--limit <n>", `how many of the newest lines (default 200, at most ${LIMITS.logLines})`, wholeNumber("--limit", 1))
    .action(async (options: CommonOptions & { order?: string; system?: string; limit?: number }) => {
      const query = new URLSearchParams();
      if (options.order !== undefined) query.set("order", options.order);
      if (options.system !== undefined) query.set("system", options.system);
      if (options.limit !== undefined) query.set("limit", String(Math.min(options.limit, LIMITS.logLines)));
      const answer = await call<LogAnswer>(connect(options), "GET", `/api/v1/logs?${query.toString()}`);
      if (options.json) print(JSON.stringify(answer));
      else for (const line of answer.lines) print(renderLogLine(line));
      if (answer.agent === "asked") return;
      tell("the agent is not connected: these are the coordinator's lines, and those that its last receipt brought, if there was one");
      process.exitCode = EXIT.unreachable;
    });
}
