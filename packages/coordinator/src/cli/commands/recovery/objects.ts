import { Option, type Command } from "commander";
import { terminalLine } from "@sitewright/protocol";
import type { ObjectDecided, ObjectDecision, ObjectFinding, ObjectPlan, ReturningObject } from "@sitewright/protocol/api";
import { print } from "@sitewright/node-kit/output";
import { call } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { withCommonOptions, type CommonOptions } from "../../selection-options.ts";
import { sitePath } from "./paths.ts";

const NOTE = `
What was made or changed after the backup is still held by site systems; what was deleted after it is in the site data again.
An object is named by its id, or by its kind and id (program/ABC00001).
  sitewright repair-objects --site ABC --plan
  sitewright repair-objects --site ABC --bring-back ABC00004 ABC20002
  sitewright repair-objects --site ABC --recreate ABC00005 --from DPABC
  sitewright repair-objects --site ABC --undo ABC00004`;

interface RepairObjectsOptions extends CommonOptions {
  site: string;
  plan?: boolean;
  bringBack?: string[];
  recreate?: string[];
  remove?: string[];
  keep?: string[];
  undo?: string[];
  from?: string;
}

/** How often the state of what is fetched is asked for, ms. */
const LOOK_MS = 500;

/** repair-objects: what the site data of a recovered site lack, or have again. */
export function addRepairObjects(program: Command): void {
  const repair = program.command("repair-objects").description("find what was made, changed or deleted after the backup of a site");
  repair.addHelpText("after", NOTE);
  const others = (own: string): string[] => ["plan", "bringBack", "recreate", "remove", "keep", "undo"].filter((name) => name !== own);
  withCommonOptions(repair)
    .requiredOption("--site <code>", "the site that was recovered")
    .addOption(new Option("--plan", "show what was found, and what can be decided (the default)").conflicts(others("plan")))
    .addOption(new Option("--bring-back <object...>", "what a system holds becomes that of the site data").conflicts(others("bringBack")))
    .addOption(new Option("--recreate <package...>", "what a system holds gets a new id").conflicts(others("recreate")))
    .addOption(
      new Option("--remove <object...>", "it is given up; what was revived is taken out of the site data").conflicts(others("remove")),
    )
    .addOption(new Option("--keep <object...>", "what the site data have is right").conflicts(others("keep")))
    .addOption(new Option("--undo <object...>", "restore the state from before the last decision").conflicts([...others("undo"), "from"]))
    .option("--from <system>", "the system whose copy is right")
    .action(async ({ site, ...options }: RepairObjectsOptions) => {
      const at = connect(options);
      const results: (ObjectDecided | ReturningObject)[] = [];
      for (const { object, decision } of asked({ ...options, site })) {
        const from = options.from === undefined ? {} : { from: options.from };
        const what = decision === "undo" ? "undo" : "decide";
        const decided = await call<ObjectDecided>(
          at,
          "POST",
          sitePath(site, `objects/${what}`),
          decision === "undo" ? { object } : { object, decision, ...from },
        );
        const ended = decided.isReturning
          ? await awaitReturn(() => call<ReturningObject[]>(at, "GET", sitePath(site, "objects/returning")), decided.object)
          : undefined;
        results.push(ended ?? decided);
        if (!options.json)
          for (const line of decision === "undo" ? [`${decided.object} is as it was before`] : renderDecided(decided, ended))
            print(terminalLine(line));
        if (ended?.state === "failed") process.exitCode = 1;
      }
      if (results.length > 0) return options.json ? print(JSON.stringify(results)) : undefined;
      const plan = await call<ObjectPlan>(at, "GET", sitePath(site, "objects"));
      if (options.json) print(JSON.stringify(plan));
      else for (const line of renderPlan(plan)) print(terminalLine(line));
    });
}

function asked({ bringBack = [], recreate = [], remove = [], keep = [], undo = [] }: RepairObjectsOptions) {
  const of = <Kind extends ObjectDecision | "undo">(decision: Kind, objects: readonly string[]) =>
    objects.map((object) => ({ object, decision }));
  return [...of("bring-back", bringBack), ...of("recreate", recreate), ...of("remove", remove), ...of("keep", keep), ...of("undo", undo)];
}

async function awaitReturn(look: () => Promise<ReturningObject[]>, object: string): Promise<ReturningObject> {
  for (;;) {
    const state = (await look()).find((one) => one.object === object);
    // A coordinator that was restarted fetches nothing any more.
    if (!state) return { object, state: "failed", bytes: 0, of: 0, error: "the coordinator was restarted: bring it back again" };
    if (state.state !== "running") return state;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function renderDecided({ object, decision, systems = [] }: ObjectDecided, ended: ReturningObject | undefined): string[] {
  if (ended?.state === "failed") return [`${object} was not brought back: ${ended.error ?? ""}`];
  if (ended) return [`${object} is in the site data again${ended.as === undefined ? "" : `, as package/${ended.as}`}`];
  if (decision === "bring-back") return [`${object} is in the site data again`];
  if (decision === "keep") return [`${object} is right as the site data have it`];
  const left =
    systems.length === 0
      ? []
      : [
          `  ${systems.join(", ")} hold it until it is removed there: 'sitewright remove --system ${systems[0]} --package ${object.slice(object.indexOf("/") + 1)}'`,
        ];
  return [`${object} is given up`, ...left];
}

function renderPlan({ site, signs, findings, unreached, returning, decided }: ObjectPlan): string[] {
  const found = findings.length === 0 ? [`nothing was found that ${site} lacks, or has again`] : findings.flatMap(renderFinding);
  const missing = unreached.length === 0 ? [] : [`not reached, what they hold is known as of before: ${unreached.join(", ")}`];
  const coming = returning.map(
    ({ object, state, bytes, of, error }) => `${object}: ${state}, ${bytes} of ${of} bytes${error === undefined ? "" : `; ${error}`}`,
  );
  const done = decided.map(
    ({ object, decision, as }) =>
      `decided: ${object}: ${decision}${as === undefined ? "" : ` as ${as}`} (--undo ${object} takes that back)`,
  );
  return [...signs.map((sign) => `${site}: ${sign}`), ...found, ...missing, ...coming, ...done];
}

function renderFinding({ kind, id, finding, reasons, choices }: ObjectFinding): string[] {
  return [`${kind} ${id}: ${finding} (${choices.join(", ")})`, ...reasons.map((reason) => `    ${reason}`)];
}
