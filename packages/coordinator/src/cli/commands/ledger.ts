import { Option, type Command } from "commander";
import { terminalLine } from "@sitewright/protocol";
import { LEDGER_KINDS, type LedgerEntry, type LedgerPage, type LedgerReport } from "@sitewright/protocol/api";
import { call, download } from "../api-client.ts";
import { connect } from "../connect.ts";
import { EXIT } from "../exit-codes.ts";
import { wholeNumber, withCommonOptions, type CommonOptions } from "../selection-options.ts";
import { print, tell } from "@sitewright/node-kit/output";

const NOTE = `
The ledger holds every change that an operator asked for. It is kept in the data folder (ledger.jsonl) and in Redis, and each entry
names the hash of the one before: what is taken out or altered is found.
  sitewright ledger list --system SRVSEC
  sitewright ledger verify
  sitewright ledger export --format csv > ledger.csv`;

type Filter = Partial<Record<(typeof FILTERS)[number], string>>;
const FILTERS = ["kind", "by", "run", "system", "site", "address"] as const;

function withFilter(command: Command): Command {
  return command
    .addOption(new Option("--kind <kind>", "of this kind only").choices(LEDGER_KINDS))
    .option("--by <name>", "only entries of this person or program")
    .option("--run <id>", "about this run")
    .option("--system <name>", "about this system")
    .option("--site <code>", "about this site")
    .option("--address <key>", "about this address");
}

function queryOf(filter: Filter, more: Record<string, string>): string {
  const asked = FILTERS.flatMap((key) => (filter[key] === undefined ? [] : [[key, filter[key]]]));
  return new URLSearchParams({ ...more, ...(Object.fromEntries(asked) as Record<string, string>) }).toString();
}

/** ledger list, verify, export: who did what, and whether the ledger is intact. */
export function addLedger(program: Command): void {
  const ledger = program.command("ledger").description("who did what, and whether the record of it is intact");
  ledger.addHelpText("after", NOTE);
  withFilter(withCommonOptions(ledger.command("list").description("the newest entries, newest first")))
    .option("--limit <n>", "how many (default 100, at most 999)", wholeNumber("--limit", 1))
    .action(async ({ json, limit, ...options }: CommonOptions & Filter & { limit?: number }) => {
      const query = queryOf(options, limit === undefined ? {} : { limit: String(Math.min(limit, 999)) });
      const page = await call<LedgerPage>(connect(options), "GET", `/api/v1/ledger?${query}`);
      if (json) print(JSON.stringify(page));
      else if (page.entries.length === 0) print("there is no such entry");
      else for (const entry of page.entries) print(renderEntry(entry));
    });
  withCommonOptions(ledger.command("verify").description("check that every entry is there as it was written; exit code 1 if not")).action(
    async (options: CommonOptions) => {
      const report = await call<LedgerReport>(connect(options), "GET", "/api/v1/ledger/verify");
      if (options.json) print(JSON.stringify(report));
      else for (const line of renderReport(report)) print(line);
      if (report.findings.length > 0) process.exitCode = EXIT.failed;
    },
  );
  withFilter(withCommonOptions(ledger.command("export").description("all entries, oldest first")))
    .addOption(new Option("--format <format>", "JSON lines or CSV").choices(["jsonl", "csv"]).default("jsonl"))
    .action(async (options: CommonOptions & Filter & { format: string }) => {
      const { format } = options;
      await download(connect(options), `/api/v1/ledger/export?${queryOf(options, { format })}`, process.stdout);
      tell("the ledger was written to standard output");
    });
}

/** `2026-01-31T10:00:00.000Z  anna  run-started  run=abc  kind=rebuild`. */
function renderEntry({ at, by, kind, about, details }: LedgerEntry): string {
  const facts = Object.entries({ ...about, ...details }).map(([name, value]) => `${name}=${value}`);
  return terminalLine([new Date(at).toISOString(), by.name, kind, ...facts].join("  "));
}

function renderReport({ entries, writers, findings }: LedgerReport): string[] {
  const of = `${entries} ${entries === 1 ? "entry" : "entries"} of ${writers} ${writers === 1 ? "start" : "starts"} of a coordinator`;
  if (findings.length === 0) return [`the ledger is intact: ${of}`];
  return [`the ledger is NOT intact: ${of}`, ...findings.map(({ kind, message }) => terminalLine(`  ${kind}: ${message}`))];
}
