import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import { LARGEST_CONTROL_FILE, OWN_FOLDER, planInFolder, planOfControlFile, type ControlPlan } from "@sitewright/protocol/site-backup";
import { readBoundedSync } from "@sitewright/node-kit/bounded-file";
import { siteServices } from "../adapters/disk/platform/service.ts";
import { commands } from "../adapters/site-backup/commands.ts";
import { isThere } from "../adapters/site-backup/names-in.ts";
import { openOwedJournal } from "../adapters/site-backup/owed-journal.ts";
import { openSnapshotStore, type OpenSnapshotStore } from "../adapters/site-backup/snapshot-store.ts";
import { claimBackupFolder, requireTrustedFile } from "../adapters/site-backup/trusted-file.ts";
import type { RunRecord } from "../app/site-backup/ports.ts";
import type { Retention } from "../app/site-backup/retention.ts";
import type { StartPorts } from "../app/site-backup/start-owed.ts";

/** A control file, read. */
export interface ControlFile {
  plan: ControlPlan;
  /** SHA-256, hex. */
  digest: string;
  /** The same file with another folder of the backup. */
  inFolder(folder: string): ControlPlan;
}

/** Throws `CONTROL_FILE_INVALID`, `CONTROL_FILE_UNSAFE`. */
export function readControlFile(file: string): ControlFile {
  let bytes: Buffer;
  try {
    bytes = readBoundedSync(file, LARGEST_CONTROL_FILE);
  } catch (cause) {
    throw new SitewrightError("CONTROL_FILE_INVALID", `${file} cannot be read: ${(cause as Error).message}`, { path: file, cause });
  }
  requireTrustedFile(file);
  const input = { bytes, env: process.env };
  return {
    plan: planOfControlFile(input),
    digest: createHash("sha256").update(bytes).digest("hex"),
    inFolder: (folder) => planInFolder(input, folder),
  };
}

/** Throws `CONTROL_FILE_INVALID` unless it can be carried out. */
export function requireReady(file: string, { refused }: ControlPlan): void {
  const [first, ...more] = refused.filter(({ fault }) => fault);
  if (!first) return;
  const rest = more.length > 0 ? `; ${more.length} more: 'sitewright site-backup plan ${file}' shows all` : "";
  throw new SitewrightError("CONTROL_FILE_INVALID", `${file}${first.line > 0 ? `:${first.line}` : ""}: ${first.why}${rest}`, {
    path: file,
  });
}

/** Sitewright's own folder in that of the backup. Throws `CONTROL_FILE_INVALID`. */
export function ownFolderOf(file: string): string {
  const { folder } = readControlFile(file).plan;
  if (folder === undefined)
    throw new SitewrightError("CONTROL_FILE_INVALID", `${file} names no folder of the backup: correct its [Tokens]`, { path: file });
  return join(folder, OWN_FOLDER);
}

/** Sitewright's own folder where the snapshots are. @param copy Folder of a copy of them. Throws `NOT_FOUND`, `DISK_AWAY` and the like. */
export function storedIn(file: string, copy?: string): string {
  const own = copy === undefined ? ownFolderOf(file) : join(resolve(copy), OWN_FOLDER);
  if (isThere(own)) return own;
  throw new SitewrightError("NOT_FOUND", `there is no backup in ${dirname(own)}: if there should be one, is its disk mounted?`, {
    path: dirname(own),
  });
}

/** The snapshots that there are. @param copy As above. Throws `NOT_FOUND`, `SITE_BACKUP_RUNS`. */
export function openStored(file: string, copy?: string): OpenSnapshotStore {
  return openSnapshotStore(claimBackupFolder(dirname(storedIn(file, copy))));
}

/**
 * The named run, or the newest complete one. Throws `NOT_FOUND`, and `CONFLICT` for one of another site: with its parts, this one would become that.
 * @param site Code of the site that it has to be of; absent: whichever the store is of.
 */
export async function findRun(store: OpenSnapshotStore, run: string | undefined, site?: string): Promise<RunRecord> {
  const runs = await store.runs();
  const isOwn = (one: RunRecord) => site === undefined || one.site === site;
  const found = run === undefined ? runs.find((one) => one.state === "complete" && isOwn(one)) : runs.find((one) => one.run === run);
  if (found && site !== undefined) requireSite([found], site);
  if (found) return found;
  throw new SitewrightError(
    "NOT_FOUND",
    run === undefined ? "there is no complete run yet" : `there is no run ${run}: 'site-backup list' shows all`,
  );
}

/**
 * Throws `CONFLICT` where runs are of another site than this: retention would remove those of one for the other, and a restore would take the
 * one for the other.
 */
export function requireSite(runs: readonly RunRecord[], site: string): void {
  const other = runs.find((one) => one.state !== "failed" && one.site !== site);
  if (other)
    throw new SitewrightError(
      "CONFLICT",
      `the run ${other.run} is one of the site ${other.site}, and this is ${site}: each site needs a folder of its own for its backups`,
    );
}

/** Code of the site of a control file. */
export function siteOf(file: string): string | undefined {
  return readControlFile(file).plan.site;
}

/** @param own Sitewright's own folder. */
export function startPorts(own: string): StartPorts {
  return { services: siteServices, commands, journal: openOwedJournal(own), sleep: (ms) => sleep(ms) };
}

export interface RetentionFlags {
  keep: string;
  keepDaily: string;
  keepWeekly: string;
  keepMonthly: string;
}

/** Throws `BAD_REQUEST`. */
export function retentionOf({ keep, keepDaily, keepWeekly, keepMonthly }: RetentionFlags): Retention {
  return {
    last: numberOf("--keep", keep, 1000),
    daily: numberOf("--keep-daily", keepDaily, 1000, 0),
    weekly: numberOf("--keep-weekly", keepWeekly, 1000, 0),
    monthly: numberOf("--keep-monthly", keepMonthly, 1000, 0),
  };
}

/** Throws `BAD_REQUEST`. */
export function numberOf(flag: string, text: string, most: number, least = 1): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SitewrightError("BAD_REQUEST", `${flag} ${text} is not understood: write a number from ${least} to ${most}`);
}
