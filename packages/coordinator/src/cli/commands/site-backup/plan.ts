import type { Command } from "commander";
import { print } from "@sitewright/node-kit/output";
import { renderControlPlan } from "../../render/site-backup-text.ts";
import { readControlFile, requireReady, withTokens, type TokenOptions } from "./control-file.ts";

/** site-backup plan: every step of a control file with its paths resolved, and each line that is not carried out. */
export function addPlan(siteBackup: Command): void {
  withTokens(siteBackup.command("plan").argument("<file>", "the control file"))
    .description("show every step of a control file, resolved, and each line that would not be carried out, with the reason")
    .option("--json", "one JSON document on standard output, everything else on standard error")
    .helpOption("-h, --help", "this text")
    .action((file: string, options: TokenOptions & { json?: true }) => {
      const plan = readControlFile(file, options);
      print(options.json ? JSON.stringify(plan) : renderControlPlan(plan));
      requireReady(file, plan);
    });
}
