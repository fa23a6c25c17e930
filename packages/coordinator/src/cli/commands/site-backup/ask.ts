import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import type { SiteBackupStatus } from "@sitewright/protocol/api";
import { print, tell } from "@sitewright/node-kit/output";
import { call, type Connection } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { renderTable } from "../../render/table.ts";
import { withCommonOptions, type CommonOptions } from "../../selection-options.ts";

interface AskOptions extends CommonOptions {
  system: string;
}

const POLL_MS = 2_000;
/** How long a coordinator, an agent or a backup service that restarts is waited for, ms. */
const PATIENCE_MS = 120_000;
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "COORDINATOR_UNREACHABLE",
  "REDIS_UNREACHABLE",
  // While another coordinator takes over.
  "STANDING_BY",
  "NOT_LEADING",
  "AGENT_UNREACHABLE",
  // The backup service of that machine restarts, or is too busy to answer.
  "NOT_FOUND",
]);

/** site-backup run, list: asks the agent of a site server, whose backup service makes the backups. */
export function addAsking(siteBackup: Command): void {
  const run = siteBackup
    .command("run")
    .description("make a backup of a site now, through the agent of its server, where 'sitewright-agent site-backup serve' runs")
    .requiredOption("--system <name>", "system of the site server")
    .option("--no-wait", "do not wait for its end");
  withCommonOptions(run).action(async ({ system, wait, ...options }: AskOptions & { wait: boolean }) => {
    const connection = connect(options);
    const begun = await call<SiteBackupStatus>(connection, "POST", pathOf(system));
    if (!wait)
      return print(
        options.json
          ? JSON.stringify(begun)
          : `a backup of ${system} was begun: 'sitewright site-backup list --system ${system}' shows its end`,
      );
    tell(`a backup of ${system} runs`);
    const ended = await awaitEnd(connection, system);
    // One of a moment before is not what was asked for.
    const newest = ended.runs.find(({ began }) => began >= (begun.running ?? 0));
    print(options.json ? JSON.stringify(newest ?? null) : renderStatus({ runs: newest ? [newest] : [] }));
    if (newest?.state !== "complete")
      throw new SitewrightError(
        "IO_ERROR",
        `the backup of ${system} is ${newest?.state ?? "not recorded"}: ${newest?.fault ?? "see the log of its backup service"}`,
      );
  });
  const list = siteBackup
    .command("list")
    .description("the backups of a site, as the agent of its server states them")
    .requiredOption("--system <name>", "system of the site server");
  withCommonOptions(list).action(async ({ system, ...options }: AskOptions) => {
    const status = await call<SiteBackupStatus>(connect(options), "GET", pathOf(system));
    print(options.json ? JSON.stringify(status) : renderStatus(status));
  });
}

function pathOf(system: string): string {
  return `/api/v1/site-backups/${encodeURIComponent(system)}`;
}

async function awaitEnd(connection: Connection, system: string): Promise<SiteBackupStatus> {
  for (let lost = 0; ;) {
    await sleep(POLL_MS);
    try {
      const status = await call<SiteBackupStatus>(connection, "GET", pathOf(system));
      if (status.running === undefined) return status;
      lost = 0;
    } catch (error) {
      lost += POLL_MS;
      if (lost > PATIENCE_MS || !PASSING.has(SitewrightError.from(error).code)) throw error;
    }
  }
}

function renderStatus({ running, due, runs }: SiteBackupStatus): string {
  const lines =
    runs.length === 0
      ? ["no backup yet"]
      : [
          renderTable(
            [
              { head: "run", value: ({ run }) => run },
              { head: "state", value: ({ state }) => state },
              { head: "files", value: ({ files }) => String(files), align: "right" },
              { head: "bytes", value: ({ bytes }) => String(bytes), align: "right" },
              { head: "stored", value: ({ added }) => String(added), align: "right" },
              { head: "seconds", value: ({ began, ended }) => String(Math.ceil((ended - began) / 1000)), align: "right" },
              { head: "fault", value: ({ fault = "" }) => fault },
            ],
            runs,
          ),
        ];
  if (running !== undefined) lines.push(`one runs since ${new Date(running).toISOString()}`);
  if (due !== undefined) lines.push(`the next one is due at ${new Date(due).toISOString()}`);
  return lines.join("\n");
}
