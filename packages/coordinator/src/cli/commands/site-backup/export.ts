import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Option, type Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { print } from "@sitewright/node-kit/output";
import type { ControlPlan } from "@sitewright/protocol/site-backup";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { renderPs1, renderPs1Hooks } from "../../site-backup/ps1-script.ts";
import { renderSh, renderShHooks, type ScriptOrigin } from "../../site-backup/sh-script.ts";
import { readControlFile, requireReady, withTokens, type TokenOptions } from "./control-file.ts";

interface ExportOptions extends TokenOptions {
  as: "sh" | "ps1" | "hooks";
  to: string;
}

/** site-backup export: the same steps for other tools. */
export function addExport(siteBackup: Command): void {
  withTokens(siteBackup.command("export").argument("<file>", "the control file"))
    .description("write the same steps in the same order for other backup tools")
    .addOption(
      new Option(
        "--as <kind>",
        "one script for a shell (sh) or for PowerShell (ps1); or hooks, two scripts for a tool that saves the files itself",
      )
        .choices(["sh", "ps1", "hooks"])
        .makeOptionMandatory(),
    )
    .requiredOption("--to <folder>", "where the scripts are written; earlier ones are replaced")
    .helpOption("-h, --help", "this text")
    .action(async (file: string, { as, to, ...tokens }: ExportOptions) => {
      const plan = readControlFile(file, tokens);
      requireReady(file, plan);
      const origin = { file: basename(file), digest: createHash("sha256").update(readFileSync(file)).digest("hex") };
      const scripts = scriptsOf(as, plan, origin);
      makeFolder(to);
      for (const [name, text] of Object.entries(scripts)) {
        await writeFileAtomic(join(to, name), text, 0o700);
        print(join(to, name));
      }
    });
}

function scriptsOf(as: ExportOptions["as"], plan: ControlPlan, origin: ScriptOrigin): Record<string, string> {
  const windows = /^[A-Z]:/.test(plan.folder ?? "");
  if (as !== "hooks" && windows !== (as === "ps1"))
    throw new SitewrightError(
      "BAD_REQUEST",
      `the control file names paths of ${windows ? "Windows" : "a system with a shell"}: write --as ${windows ? "ps1" : "sh"} or --as hooks`,
    );
  if (as === "sh") return { "site-backup.sh": renderSh(plan, origin) };
  if (as === "ps1") return { "site-backup.ps1": renderPs1(plan, origin) };
  const { before, after } = windows ? renderPs1Hooks(plan, origin) : renderShHooks(plan, origin);
  const ending = windows ? "ps1" : "sh";
  return { [`before.${ending}`]: before, [`after.${ending}`]: after };
}
