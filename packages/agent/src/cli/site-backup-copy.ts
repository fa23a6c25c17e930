import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { OWN_FOLDER } from "@sitewright/protocol/site-backup";
import type { Log } from "../app/ports/link.ts";
import { copyRun } from "../adapters/site-backup/copy-run.ts";
import { readVerified } from "../adapters/site-backup/last-verified.ts";
import { openSnapshotStore } from "../adapters/site-backup/snapshot-store.ts";
import { claimBackupFolder } from "../adapters/site-backup/trusted-file.ts";
import { listSiteBackups, removeSurplus } from "./site-backup.ts";
import { findRun, numberOf, openStored, ownFolderOf, retentionOf, type RetentionFlags } from "./site-backup-control.ts";

export interface CopyFlags extends RetentionFlags {
  to: string;
  run?: string;
  /** Mbit/s. */
  copyLimit?: string;
  /** Only where a copy was made before: where its disk is not mounted, another one would be filled. */
  again?: true;
}

/** What a copy did. */
export interface Copied {
  run: string;
  /** Bytes by which the other store grew. */
  added: number;
  faults: string[];
}

const BYTES_PER_MBIT = 125_000;

/** `site-backup copy`: a run into a store in another folder. Throws `NOT_FOUND`, `SNAPSHOT_DAMAGED`, `SITE_BACKUP_RUNS`, `DATA_DIR_UNSAFE`. */
export async function copySiteBackup(
  file: string,
  { to, run, copyLimit, again, ...flags }: CopyFlags,
  signal: AbortSignal,
): Promise<Copied> {
  const rules = retentionOf(flags);
  const limit = copyLimit === undefined ? undefined : numberOf("--copy-limit", copyLimit, 1_000_000) * BYTES_PER_MBIT;
  using from = openStored(file);
  if (again && !existsSync(join(resolve(to), OWN_FOLDER)))
    throw new SitewrightError(
      "NOT_FOUND",
      `no copy of backups is in ${to}: is its disk mounted? Make the first copy there by 'sitewright-agent site-backup copy'`,
      { path: to },
    );
  const own = claimBackupFolder(resolve(to));
  if (own === ownFolderOf(file)) throw new SitewrightError("BAD_REQUEST", `${to} is the folder of the backup itself: name another one`);
  const heal = ((await readVerified(own))?.bad ?? 0) > 0;
  using other = openSnapshotStore(own, heal);
  const record = await findRun(from, run);
  if (!heal && (await other.runs()).some((one) => one.run === record.run)) return { run: record.run, added: 0, faults: [] };
  const added = await copyRun(from, other, record, { bytesPerSecond: limit, heal, signal });
  const name = (await from.archived()).get(record.run);
  if (name !== undefined) await other.archive(record.run, name);
  // What is reported of the removal is no fault of the run.
  const copied = { ...record, faults: [] as string[] };
  if (record.state === "complete") await removeSurplus(other, copied, rules);
  return { run: record.run, added, faults: copied.faults };
}

/** Copies in the background. A backup comes first: what was copied by then stays, and the rest follows after it. */
export interface CopyService {
  /** Resolves when none is being made. */
  pause(): Promise<void>;
  /** The newest complete run. */
  resume(): void;
  alerts(): Promise<string[]>;
}

export interface CopyServiceDeps {
  file: string;
  flags: CopyFlags;
  /** Longest age of the newest complete run of the copy, ms. */
  limitMs: number;
  log: Log;
}

/** @param signal Ends it. */
export function createCopyService({ file, flags, limitMs, log }: CopyServiceDeps, signal: AbortSignal): CopyService {
  let current: { stop: AbortController; ended: Promise<void> } | undefined;
  let fault: string | undefined;

  async function copy(stop: AbortSignal): Promise<void> {
    try {
      if ((await listSiteBackups(file).catch(() => [])).every(({ state }) => state !== "complete")) return;
      const { run, added, faults } = await copySiteBackup(file, { ...flags, again: true }, AbortSignal.any([signal, stop]));
      [fault] = faults;
      if (added > 0) log("info", "the backup of the site was copied", { run, added, to: flags.to });
    } catch (error) {
      if (signal.aborted || stop.aborted) return;
      const { code, message } = SitewrightError.from(error);
      fault = message;
      log("error", `the backup of the site was not copied: ${message}`, { code, to: flags.to });
    }
  }

  return {
    async pause() {
      current?.stop.abort();
      await current?.ended;
    },
    resume() {
      const stop = new AbortController();
      current = { stop, ended: copy(stop.signal) };
    },
    async alerts() {
      const said = fault === undefined ? [] : [`the copy of the backups of this site in ${flags.to} failed: ${fault}`];
      const [newest] = (await listSiteBackups(file, flags.to).catch(() => [])).filter(({ state }) => state === "complete");
      const isOld = newest !== undefined && Date.now() - newest.began > limitMs;
      return isOld ? [...said, `the newest copied backup of this site is of ${new Date(newest.began).toISOString()}`] : said;
    },
  };
}
