import { resolve } from "node:path";
import type { Command } from "commander";

/** Of `run`: whether backups of other systems are kept, and how many. What another system says decides nothing of it. */
export interface KeptFlags {
  /** Folder. */
  keepBackups?: string;
  keepBackupsRuns?: string;
  keepBackupsDaily?: string;
  keepBackupsWeekly?: string;
  keepBackupsMonthly?: string;
}

export function addKept(command: Command): Command {
  return command
    .option("--keep-backups <folder>", "keep backups of the sites of other systems in this folder, for which their site servers ask")
    .option("--keep-backups-runs <number>", "complete runs of each that are kept", "7")
    .option("--keep-backups-daily <number>", "and the newest one of each of this many days that have one", "0")
    .option("--keep-backups-weekly <number>", "and the newest one of each of this many weeks that have one", "0")
    .option("--keep-backups-monthly <number>", "and the newest one of each of this many months that have one", "0");
}

/** The command line of the process that answers one system; undefined: none is kept. */
export function keepingWords(flags: KeptFlags): ((system: string) => string[]) | undefined {
  const { keepBackups, keepBackupsRuns: last, keepBackupsDaily, keepBackupsWeekly, keepBackupsMonthly } = flags;
  if (keepBackups === undefined) return undefined;
  const rules = {
    "--keep": last,
    "--keep-daily": keepBackupsDaily,
    "--keep-weekly": keepBackupsWeekly,
    "--keep-monthly": keepBackupsMonthly,
  };
  const words = Object.entries(rules).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
  return (system) => ["site-backup", "keep", resolve(keepBackups), system, ...words];
}
