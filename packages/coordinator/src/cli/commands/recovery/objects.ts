import { Option, type Command } from "commander";
import { terminalLine } from "@sitewright/protocol";
import type { ObjectFinding, ObjectPlan } from "@sitewright/protocol/api";
import { print } from "@sitewright/node-kit/output";
import { call } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { withCommonOptions, type CommonOptions } from "../../selection-options.ts";
import { sitePath } from "./site-path.ts";

const NOTE = `
What was made or changed after the backup is still held by site systems; what was deleted after it is in the site data again.
  sitewright repair-objects --site ABC --plan`;

interface RepairObjectsOptions extends CommonOptions {
  site: string;
  plan?: boolean;
}

/** repair-objects: what the site data of a recovered site lack, or have again. */
export function addRepairObjects(program: Command): void {
  const repair = program.command("repair-objects").description("find what was made, changed or deleted after the backup of a site");
  repair.addHelpText("after", NOTE);
  withCommonOptions(repair)
    .requiredOption("--site <code>", "the site that was recovered")
    .addOption(new Option("--plan", "show what was found, and what can be decided (the default)"))
    .action(async ({ site, ...options }: RepairObjectsOptions) => {
      const plan = await call<ObjectPlan>(connect(options), "GET", sitePath(site, "objects"));
      if (options.json) print(JSON.stringify(plan));
      else for (const line of renderPlan(plan)) print(terminalLine(line));
    });
}

function renderPlan({ site, signs, findings, unreached }: ObjectPlan): string[] {
  const found = findings.length === 0 ? [`nothing was found that ${site} lacks, or has again`] : findings.flatMap(renderFinding);
  const missing = unreached.length === 0 ? [] : [`not reached, what they hold is known as of before: ${unreached.join(", ")}`];
  return [...signs.map((sign) => `${site}: ${sign}`), ...found, ...missing];
}

function renderFinding({ kind, id, finding, reasons, choices }: ObjectFinding): string[] {
  return [`${kind} ${id}: ${finding} (${choices.join(", ")})`, ...reasons.map((reason) => `    ${reason}`)];
}
