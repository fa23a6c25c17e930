import type { Command } from "commander";
import { print } from "@sitewright/node-kit/output";
import { SitewrightError, terminalLine, plural } from "@sitewright/protocol";
import { formatBytes, formatSeconds, type ConnectionCheck } from "@sitewright/protocol/api";
import { call } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { EXIT } from "../../exit-codes.ts";
import { addDeletion } from "./deletion.ts";
import { withCommonOptions, type CommonOptions } from "../../selection-options.ts";

const NOTE = `
A child takes over the definitions of its parent and of every site above. Where one of those was badly recovered, the child is damaged
with it. Exit code: 0 nothing speaks against it; 1 it may not be connected; 3 nothing known speaks against it, but a site above cannot be
reached.
A parent: in hierarchy.yaml that is new or changed and blocked is not followed: what was in force stays, until the cause is removed or an operator
accepts the connection despite it.
  sitewright hierarchy check --child XYZ --parent ABC
  sitewright hierarchy accept --child XYZ --parent ABC --reason "its recovery was verified by hand"`;

interface PairOptions extends CommonOptions {
  child: string;
  parent: string;
}

/** hierarchy delete, deleted, check, accept: what speaks against a site's becoming the child of another, and what that would do. */
export function addHierarchy(program: Command): void {
  const hierarchy = program.command("hierarchy").description("which site may follow which, and deleting sites and roles");
  hierarchy.addHelpText("after", NOTE);
  withCommonOptions(hierarchy.command("check").description("whether a site may become the child of another, and what that would do"))
    .requiredOption("--child <code>", "the site that is to be connected")
    .requiredOption("--parent <code>", "the site above it")
    .action(async ({ child, parent, ...options }: PairOptions) => {
      const query = new URLSearchParams({ child: siteCode(child), parent: siteCode(parent) });
      const check = await call<ConnectionCheck>(connect(options), "GET", `/api/v1/hierarchy/check?${query.toString()}`);
      if (options.json) print(JSON.stringify(check));
      else for (const line of renderCheck(check)) print(line);
      if (check.blocks.length > 0) process.exitCode = EXIT.failed;
      else if (check.isUnreachable) process.exitCode = EXIT.unreachable;
    });
  withCommonOptions(hierarchy.command("accept").description("a site may follow another although something speaks against it"))
    .requiredOption("--child <code>", "the site that is to be connected")
    .requiredOption("--parent <code>", "the site above it")
    .requiredOption("--reason <text>", "why; it is kept in the ledger")
    .action(async ({ child, parent, reason, ...options }: PairOptions & { reason: string }) => {
      const body = { child: siteCode(child), parent: siteCode(parent), reason };
      const check = await call<ConnectionCheck>(connect(options), "POST", "/api/v1/hierarchy/accept", body);
      print(
        options.json
          ? JSON.stringify(check)
          : `${child} may be a child of ${parent}, whatever speaks against it; the ledger keeps what that was`,
      );
    });
  addDeletion(hierarchy);
}

function siteCode(code: string): string {
  if (/^[A-Z0-9]{3}$/.test(code)) return code;
  throw new SitewrightError("BAD_REQUEST", `"${code}" is no site code: write three capital letters or digits`);
}

function renderCheck({ child, parent, chain, blocks, warnings, overwritten, load }: ConnectionCheck): string[] {
  const { definitionsDown, definitionsUp, packages, lines } = load;
  const number = (value: number | undefined): string => (value === undefined ? "no number" : String(value));
  const rows = [
    `${child} below ${parent}: ${blocks.length > 0 ? "BLOCKED" : "nothing known speaks against it"} (looked at: ${chain.join(", ")})`,
    ...blocks.map(({ site, message }) => `  blocked by ${site}: ${message}`),
    ...warnings.map(({ site, message }) => `  warning about ${site}: ${message}`),
    `definitions of ${child} that would be overwritten: ${overwritten.length}`,
    ...overwritten.map(
      ({ kind, id, by, from, to }) =>
        `  ${kind} ${id}: ${number(from)} becomes ${number(to)} of ${by}${from === to ? ", with other content" : ""}`,
    ),
    `load: ${plural(definitionsDown.count, "definition")} down (${formatBytes(definitionsDown.bytes)}), ${definitionsUp.count} up (${formatBytes(definitionsUp.bytes)}), packages that ${child} and the sites below it lack: ${packages}`,
    ...lines.map(
      ({ address, bytes, takesMs }) =>
        `  line ${address}: ${formatBytes(bytes)}, ${takesMs === undefined ? "time unknown" : `about ${formatSeconds(takesMs / 1000)}`}`,
    ),
  ];
  return rows.map(terminalLine);
}
