import { dirname, join, resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { OWN_FOLDER } from "@sitewright/protocol/site-backup";
import { copyRun, storeSource, type RunSource } from "../adapters/site-backup/copy-run.ts";
import { isThere } from "../adapters/site-backup/names-in.ts";
import { openSnapshotStore } from "../adapters/site-backup/snapshot-store.ts";
import { claimBackupFolder } from "../adapters/site-backup/trusted-file.ts";
import type { RunRecord } from "../app/site-backup/ports.ts";
import type { Retention } from "../app/site-backup/retention.ts";
import { removeSurplus } from "./site-backup.ts";
import {
  findRun,
  numberOf,
  openStored,
  ownFolderOf,
  requireSite,
  retentionOf,
  siteOf,
  type RetentionFlags,
} from "./site-backup-control.ts";

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
  /** When the run began, ms since 1970. */
  began: number;
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
  if (again && !isThere(join(resolve(to), OWN_FOLDER)))
    throw new SitewrightError(
      "NOT_FOUND",
      `no copy of backups is in ${to}: is its disk mounted? Make the first copy there by 'sitewright-agent site-backup copy'`,
      { path: to },
    );
  const own = claimBackupFolder(resolve(to));
  if (own === ownFolderOf(file)) throw new SitewrightError("BAD_REQUEST", `${to} is the folder of the backup itself: name another one`);
  const record = await findRun(from, run, siteOf(file));
  const names = await from.archived();
  await nameAs(own, await from.runs(), names);
  const name = names.get(record.run);
  const given = { record, ...(name === undefined ? {} : { name }) };
  return await storeRun(storeSource(from), own, given, { rules, bytesPerSecond: limit, signal });
}

/** Names that were given or removed since a run was copied: by them retention decides there too. */
async function nameAs(own: string, runs: readonly RunRecord[], names: ReadonlyMap<string, string>): Promise<void> {
  using store = openSnapshotStore(own);
  const there = new Set((await store.runs()).map(({ run }) => run));
  const known = await store.archived();
  for (const { run } of runs.filter((one) => there.has(one.run)))
    if (names.get(run) !== known.get(run)) await store.archive(run, names.get(run));
}

export interface StoreOptions {
  /** Absent: no run is removed. */
  rules?: Retention;
  /** byte/s. */
  bytesPerSecond?: number | undefined;
  signal: AbortSignal;
}

/** A run into the store in `own`, unless it is there. @param name By which it is archived. Throws as `copyRun` and `openSnapshotStore` do. */
export async function storeRun(from: RunSource, own: string, given: GivenRun, options: StoreOptions): Promise<Copied> {
  try {
    return await storeInto(from, own, given, options);
  } catch (error) {
    if (SitewrightError.from(error).code !== "DISK_FULL") throw error;
    const path = dirname(own);
    throw new SitewrightError(
      "DISK_FULL",
      `the disk of ${path} is full, so that the run ${given.record.run} is not kept there: make room, or keep fewer runs, then copy it again; what was kept before is whole`,
      { path, cause: error },
    );
  }
}

interface GivenRun {
  record: RunRecord;
  name?: string;
}

async function storeInto(
  from: RunSource,
  own: string,
  { record, name }: GivenRun,
  { rules, bytesPerSecond, signal }: StoreOptions,
): Promise<Copied> {
  const { run, began, state } = record;
  using store = openSnapshotStore(own);
  const { isDoubtful } = store.chunks;
  const there = await store.runs();
  requireSite(there, record.site);
  if (!isDoubtful && there.some((one) => one.run === run)) {
    if (name !== undefined) await store.archive(run, name);
    return { run, began, added: 0, faults: [] };
  }
  const added = await copyRun(from, store, record, { bytesPerSecond, signal });
  if (isDoubtful) store.chunks.trust();
  if (name !== undefined) await store.archive(run, name);
  // What is reported of the removal is no fault of the run.
  const copied = { ...record, faults: [] as string[] };
  if (rules && state === "complete") await removeSurplus(store, copied, { rules, signal });
  return { run, began, added, faults: copied.faults };
}
