import type { Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import type { DrillReport, DrillRequest } from "@sitewright/protocol/api";
import { print } from "@sitewright/node-kit/output";
import { call } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { renderDrill } from "../../render/drill-text.ts";
import { collect, withCommonOptions, type CommonOptions } from "../../selection-options.ts";

const NOTE = `
Nothing is touched: no agent is asked, nothing is queued, nothing is recorded. A site server (by its name or its site's code) means every
system of its site and of the sites below it. Sizes are those that the last runs found ('sitewright plan' finds them too); what is queued
now, and what the disks of the systems take beside the lines, is not counted.
  sitewright drill --lose SRVABC,DPABC --at "Fri 17:00"
  sitewright drill --lose SEC --at "Mon 08:00" --link "SEC=512 kbit/s" --reserve-dp DPSEC2`;

interface DrillOptions extends CommonOptions {
  lose: string[];
  at: string;
  link?: string[];
  reserveDp?: string[];
}

/** drill: what a recovery would take, and what would change that. */
export function addDrill(program: Command): void {
  const drill = program.command("drill").description("how long a recovery would take, site by site, and what would shorten it");
  drill.addHelpText("after", NOTE);
  drill
    .requiredOption("--lose <names>", "what is lost: systems, site servers or sites, between commas (may be repeated)", collect)
    .requiredOption("--at <time>", 'when the rebuild begins, by the clocks of what is named first, as in "Fri 17:00"')
    .option(
      "--link <line=rate>",
      'assume this rate of a line, as in "SEC=512 kbit/s"; own-network is a line too (may be repeated)',
      collect,
    )
    .option("--reserve-dp <names>", "assume that these systems hold what their neighbours lost", collect);
  withCommonOptions(drill).action(async (options: DrillOptions) => {
    const report = await call<DrillReport>(connect(options), "POST", "/api/v1/drills", requestOf(options));
    print(options.json ? JSON.stringify(report) : renderDrill(report));
  });
}

function requestOf({ lose, at, link = [], reserveDp = [] }: DrillOptions): DrillRequest {
  return { lose: namesOf(lose), at, links: Object.fromEntries(link.map(linkOf)), reserve: namesOf(reserveDp) };
}

function namesOf(given: readonly string[]): string[] {
  const names = given.flatMap((text) => text.split(",")).map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

function linkOf(text: string): [line: string, rate: string] {
  const [, line = "", rate = ""] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (line.trim() === "" || rate.trim() === "")
    throw new SitewrightError("BAD_REQUEST", `--link "${text}" is not understood: write LINE=RATE, as in "SEC=512 kbit/s"`);
  return [line.trim(), rate.trim()];
}
