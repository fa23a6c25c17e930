import { Option, type Command } from "commander";
import { print } from "@sitewright/node-kit/output";
import { ROLES, SitewrightError, terminalLine, type Role } from "@sitewright/protocol";
import type { Deletion, DeletionPlan, DeletionTarget, UndoneDeletion } from "@sitewright/protocol/api";
import { call } from "../../api-client.ts";
import { connect } from "../../connect.ts";
import { EXIT } from "../../exit-codes.ts";
import { renderTable } from "../../render/table.ts";
import { withCommonOptions, type CommonOptions } from "../../selection-options.ts";

const NOTE = `
Without --confirm, it only shows what would be done, in order, and by whom: exit code 0, or 1 where something forbids it. A deletion is kept
in the ledger: the site or the role is out of force from then on, although hierarchy.yaml still names it, and a site that appears under the
same code later is not served before an operator says so with --undo. Nothing is removed from a disk.
  sitewright hierarchy delete --site SEC
  sitewright hierarchy delete --site SEC --confirm SEC --reason "closed"
  sitewright hierarchy delete --system DPSEC2 --role dp
  sitewright hierarchy delete --site SEC --recovery SEC
  sitewright hierarchy delete --site SEC --undo`;

interface DeleteOptions extends CommonOptions {
  site?: string;
  system?: string;
  role?: Role;
  confirm?: string;
  reason?: string;
  undo?: boolean;
  recovery?: string;
}

/** hierarchy delete, deleted: sites and roles that are out of force. */
export function addDeletion(hierarchy: Command): void {
  const verb = hierarchy.command("delete").description("put a site, or a role of a system, out of force: previewed, confirmed, undoable");
  verb.addHelpText("after", NOTE);
  withCommonOptions(verb)
    .addOption(new Option("--site <code>", "the site").conflicts(["system", "role"]))
    .option("--system <name>", "the system that loses a role")
    .addOption(new Option("--role <role>", "the role that it loses").choices(ROLES))
    .option("--confirm <text>", "do it: repeat the code of the site, or the name of the system")
    .option("--reason <text>", "why; it is kept in the ledger")
    .option("--recovery <id or site>", "the open recovery that orders it: what is under that recovery may be deleted")
    .addOption(new Option("--undo", "put it in force again").conflicts(["confirm", "reason", "recovery"]))
    .action(async ({ site, system, role, confirm, reason, undo, recovery, ...options }: DeleteOptions) => {
      const target: DeletionTarget = {
        ...(site === undefined ? {} : { site }),
        ...(system === undefined ? {} : { system }),
        ...(role === undefined ? {} : { role }),
      };
      const ordered = recovery === undefined ? {} : { recovery };
      if (undo) {
        const deletion = await call<UndoneDeletion>(connect(options), "POST", "/api/v1/deletions/undo", target);
        if (options.json) return print(JSON.stringify(deletion));
        print(terminalLine(`${nameOf(deletion)} is in force again, as hierarchy.yaml states it`));
        for (const path of deletion.left) print(terminalLine(`  ${path} was edited since: put the names back by hand`));
        return undefined;
      }
      if (confirm === undefined) {
        const query = new URLSearchParams({ ...target, ...ordered } as Record<string, string>);
        const plan = await call<DeletionPlan>(connect(options), "GET", `/api/v1/deletions/plan?${query.toString()}`);
        if (plan.blocks.length > 0) process.exitCode = EXIT.failed;
        return show(plan, target, { isDone: false, json: options.json });
      }
      if (reason === undefined) throw new SitewrightError("BAD_REQUEST", "say why with --reason TEXT: the ledger keeps it");
      const plan = await call<DeletionPlan>(connect(options), "POST", "/api/v1/deletions", { ...target, ...ordered, confirm, reason });
      show(plan, target, { isDone: true, json: options.json });
    });
  withCommonOptions(hierarchy.command("deleted").description("the sites and roles that are out of force")).action(
    async (options: CommonOptions) => {
      const deletions = await call<Deletion[]>(connect(options), "GET", "/api/v1/deletions");
      print(options.json ? JSON.stringify(deletions) : renderDeletions(deletions));
    },
  );
}

const WORDS: Record<DeletionPlan["steps"][number]["by"], string> = {
  before: "by hand before",
  sitewright: "Sitewright",
  after: "by hand after",
};

function show(plan: DeletionPlan, target: DeletionTarget, { isDone, json }: { isDone: boolean; json?: boolean | undefined }): void {
  if (json) print(JSON.stringify(plan));
  else for (const line of renderPlan(plan, target, isDone)) print(terminalLine(line));
}

function renderPlan({ blocks, warnings, steps }: DeletionPlan, target: DeletionTarget, isDone: boolean): string[] {
  const name = nameOf(target);
  const head = isDone
    ? `${name} is deleted:`
    : blocks.length > 0
      ? `${name} cannot be deleted:`
      : `to delete ${name} (nothing was changed):`;
  const word = target.site ?? target.system ?? "";
  const hint = isDone || blocks.length > 0 ? [] : [`to do it, add: --confirm ${word} --reason TEXT`];
  return [
    head,
    ...blocks.map(({ code, message }) => `  ${code}: ${message}`),
    ...warnings.map((warning) => `  warning: ${warning}`),
    ...steps.flatMap(({ by, what, details }, i) => [`  ${i + 1}. ${WORDS[by]}: ${what}`, ...details.map((detail) => `       ${detail}`)]),
    ...hint,
  ];
}

function nameOf({ site, system, role }: DeletionTarget): string {
  return site === undefined ? `the role ${role} of ${system}` : `the site ${site}`;
}

function renderDeletions(deletions: readonly Deletion[]): string {
  if (deletions.length === 0) return "nothing is out of force";
  return renderTable<Deletion>(
    [
      { head: "deleted", value: nameOf },
      { head: "when", value: ({ at }) => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC` },
      { head: "by", value: ({ by }) => by },
      { head: "why", value: ({ reason }) => reason },
    ],
    deletions,
  );
}
