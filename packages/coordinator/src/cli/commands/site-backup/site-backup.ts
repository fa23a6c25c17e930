import type { Command } from "commander";
import { addAsking } from "./ask.ts";
import { addCheck } from "./check.ts";
import { addExport } from "./export.ts";
import { addPlan } from "./plan.ts";
import { addRead, type ReadSiteData } from "./read.ts";

const NOTE = `
plan, export, check and read need no coordinator. The form of the control file is in docs/backup.md.
On the site server its administrator has more verbs: archive, copy, verify, trial, restore and serve, of 'sitewright-agent site-backup'.`;

/** site-backup: the backup of a site by a control file. */
export function addSiteBackup(program: Command, readSiteData: ReadSiteData): void {
  const siteBackup = program
    .command("site-backup")
    .description("the backup of a site: a snapshot of its four parts, made by a control file while everything is stopped")
    .addHelpText("after", NOTE);
  addAsking(siteBackup);
  addPlan(siteBackup);
  addExport(siteBackup);
  addCheck(siteBackup);
  addRead(siteBackup, readSiteData);
}
