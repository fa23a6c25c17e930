import type { Command } from "commander";
import { LIMITS } from "@sitewright/protocol";
import type { LogAnswer } from "../../app/log-book.ts";
import { call } from "../api-client.ts";
import { connect } from "../connect.ts";
import { EXIT } from "../exit-codes.ts";
import { renderLogLine } from "../render/log-line.ts";
import { wholeNumber, withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print, tell } from "../output.ts";

export function addLogs(program: Command): void {
  withCommonOptions(program.command("logs").description("what the coordinator and the agent logged about an order, or about a system"))
    .option("--order <id>", "the order, as 'sitewright status --json' and the logs name it")
    .option("--system <name>", "the system")
    .option("--limit <n>", `the newest so many lines (default 200, at most ${LIMITS.logLines})`, wholeNumber("--limit", 1))
    .action(async (options: CommonOptions & { order?: string; system?: string; limit?: number }) => {
      const query = new URLSearchParams();
      if (options.order !== undefined) query.set("order", options.order);
      if (options.system !== undefined) query.set("system", options.system);
      if (options.limit !== undefined) query.set("limit", String(Math.min(options.limit, LIMITS.logLines)));
      const answer = await call<LogAnswer>(connect(options), "GET", `/api/v1/logs?${query.toString()}`);
      if (options.json) print(JSON.stringify(answer));
      else for (const line of answer.lines) print(renderLogLine(line));
      if (answer.agent === "asked") return;
      tell("the agent is not connected: these are the coordinator's lines only");
      process.exitCode = EXIT.unreachable;
    });
}
