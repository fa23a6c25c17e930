import { Option, type Command } from "commander";
import { terminalLine } from "@sitewright/protocol";
import type { SerialPlan, SiteState } from "@sitewright/protocol/api";
import { call } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { renderTable } from "../../render/table.ts";
import { withCommonOptions, type CommonOptions } from "../../selection-options.ts";
import { sitePath } from "./paths.ts";
import { print } from "@sitewright/node-kit/output";

const SITE_NOTE = `
A site whose identity is new, or whose numbers are below those that were seen, was recovered: from a backup, a copy or by a new
installation. Its systems are not rebuilt before its numbers were raised (sitewright repair-serials), or an operator accepts the site
as it is. A site most of whose data are missing is accepted in the same way, once that is correct, and so is one whose last recovery
failed or was abandoned although the site is right:
  sitewright site list
  sitewright site accept ABC --reason "test hierarchy, reset on purpose"`;

const REPAIR_NOTE = `
What neighbouring sites have witnessed is read from <site-data>/<NEIGHBOUR>/witnessed/<SITE>.yaml and <SITE>.trs.
  sitewright repair-serials --site ABC --plan
  sitewright repair-serials --site ABC --apply`;

/** site list, accept, and repair-serials: the numbers by which sites identify their definitions. */
export function addSite(program: Command): void {
  const site = program.command("site").description("list the sites with what was seen of them, and accept a site as it is");
  site.addHelpText("after", SITE_NOTE);
  withCommonOptions(site.command("list").description("identity, numbers, reasons not to trust them, and what is missing")).action(
    async (options: CommonOptions) => {
      const sites = await call<SiteState[]>(connect(options), "GET", "/api/v1/sites");
      if (options.json) print(JSON.stringify(sites));
      else print(renderSites(sites));
    },
  );
  withCommonOptions(
    site.command("accept").argument("<site>", "its code").description("the site is right as it is: its systems are rebuilt again"),
  )
    .requiredOption("--reason <text>", "why; it is recorded in the ledger")
    .action(async (code: string, { reason, ...options }: CommonOptions & { reason: string }) => {
      const state = await call<SiteState>(connect(options), "POST", sitePath(code, "accept"), { reason });
      if (options.json) return print(JSON.stringify(state));
      const rest = heldText(state);
      print(terminalLine(rest === "" ? `${code} is accepted as it is` : `what exists of ${code} is accepted as it is; ${rest}`));
    });
  addRepairSerials(program);
}

interface RepairOptions extends CommonOptions {
  site: string;
  plan?: boolean;
  apply?: boolean;
  undo?: boolean;
  setAside: string[];
}

function addRepairSerials(program: Command): void {
  const repair = program.command("repair-serials").description("raise the numbers of a recovered site above every number ever issued");
  repair.addHelpText("after", REPAIR_NOTE);
  withCommonOptions(repair)
    .requiredOption("--site <code>", "the site that was recovered")
    .addOption(new Option("--plan", "show what would be raised, and why (the default)").conflicts(["apply", "undo"]))
    .addOption(new Option("--apply", "write it into the site data").conflicts(["plan", "undo"]))
    .addOption(new Option("--undo", "restore the previous numbers").conflicts(["plan", "apply", "setAside"]))
    .option("--set-aside <witness...>", "ignore this witness", [])
    .action(async ({ site, apply, undo, setAside, ...options }: RepairOptions) => {
      if (undo) {
        const state = await call<SiteState>(connect(options), "POST", sitePath(site, "serials/undo"));
        return print(
          options.json ? JSON.stringify(state) : `the numbers of ${site} are the previous ones again: ${numbersText(state.stated)}`,
        );
      }
      const path = sitePath(site, apply ? "serials/raise" : "serials/plan");
      const plan = await call<SerialPlan>(connect(options), "POST", path, { setAside });
      if (options.json) print(JSON.stringify(plan));
      else for (const line of renderPlan(plan, apply === true)) print(line);
    });
}

function numbersText({ epoch, serials }: SiteState["stated"]): string {
  return [`epoch ${epoch}`, ...Object.entries(serials).map(([counter, number]) => `${counter} ${number}`)].join(", ");
}

function renderSites(sites: readonly SiteState[]): string {
  return renderTable<SiteState>(
    [
      { head: "site", value: ({ code }) => code },
      { head: "name", value: ({ name }) => name },
      { head: "states", value: ({ stated }) => numbersText(stated) },
      { head: "", value: heldText },
    ],
    sites,
  );
}

function heldText({ signs, shrunk, unsettled }: SiteState): string {
  if (shrunk.length > 0) return `most of its data are missing: ${shrunk.join("; ")}`;
  if (signs.length > 0) return `recovery required: ${signs.join("; ")}`;
  return unsettled === undefined ? "" : `no site becomes its child: ${unsettled}`;
}

function renderPlan({ site, signs, epoch, proposals }: SerialPlan, isApplied: boolean): string[] {
  const why = signs.length === 0 ? [`no number of ${site} was lower than before`] : signs.map((sign) => `${site}: ${sign}`);
  const rows = proposals.flatMap(({ counter, stated, number, reasons, implausible }) => [
    `  ${counter}: ${stated} -> ${number}`,
    ...reasons.map((reason) => `      ${reason}`),
    ...implausible.map((one) => `      NOT BELIEVED: ${one.witness} states ${one.number}; look there, or --set-aside ${one.witness}`),
  ]);
  const done = isApplied ? `raised, and written into the site data of ${site}:` : `to be raised (nothing was changed):`;
  return [...why, done, `  epoch: ${epoch}`, ...rows].map(terminalLine);
}
