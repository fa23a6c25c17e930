import { dirname, resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { ControlPlan } from "@sitewright/protocol/site-backup";
import { parentEnds, startGuardian } from "../adapters/site-backup/guardian.ts";
import { machineReport } from "../adapters/site-backup/machine-report.ts";
import { restoreRun, verifyRun, type Verified } from "../adapters/site-backup/read-run.ts";
import { readVerified, writeVerified } from "../adapters/site-backup/last-verified.ts";
import { isThere } from "../adapters/site-backup/names-in.ts";
import { registry } from "../adapters/site-backup/registry.ts";
import { openScratch } from "../adapters/site-backup/scratch.ts";
import { sitePlaces } from "../adapters/site-backup/site-places.ts";
import { openRunRecords, openSnapshotStore, type OpenSnapshotStore } from "../adapters/site-backup/snapshot-store.ts";
import { claimBackupFolder } from "../adapters/site-backup/trusted-file.ts";
import type { ListedRun, Owed, RunRecord } from "../app/site-backup/ports.ts";
import { surplusRuns, type Retention } from "../app/site-backup/retention.ts";
import { clearDumps, runBackup } from "../app/site-backup/run-backup.ts";
import { cycleAfter, dueShares, type Share } from "../app/site-backup/verify-cycle.ts";
import { recoverOwed, startOwed, type StartPorts } from "../app/site-backup/start-owed.ts";
import { newRunId } from "./run-id.ts";
import {
  findRun,
  numberOf,
  retentionOf,
  type RetentionFlags,
  openStored,
  ownFolderOf,
  readControlFile,
  requireReady,
  requireSite,
  siteOf,
  startPorts,
  storedIn,
} from "./site-backup-control.ts";
import { requireFree, settleRestore } from "./site-backup-restore.ts";
import { settleTrials } from "./site-backup-trial.ts";

export interface RunBackupFlags extends RetentionFlags {
  limit: string;
}

/** After its time limit a run is given up; its guardian waits longer, ms. */
const GRACE_MS = 120_000;

/** `site-backup run`: one snapshot. Throws `CONTROL_FILE_INVALID`, `CONTROL_FILE_UNSAFE`, `SITE_BACKUP_RUNS`, `DATA_DIR_UNSAFE`. */
export async function runSiteBackup(file: string, flags: RunBackupFlags, signal: AbortSignal): Promise<RunRecord> {
  const rules = retentionOf(flags);
  const limitMs = numberOf("--limit", flags.limit, 7 * 24 * 60) * 60_000;
  const { plan, digest } = readControlFile(file);
  requireReady(file, plan);
  const folder = plan.folder as string;
  const own = claimBackupFolder(folder);
  const ports = startPorts(own);
  using store = openSnapshotStore(own);
  const scratch = openScratch(folder);
  await clearDumps({ scratch }, plan);
  await requireFree(own);
  requireSite(await store.runs(), plan.site as string);
  const faults = await recover(ports, store);
  // A new journal would forget the services that still do not run.
  if (await ports.journal.read())
    throw new SitewrightError("IO_ERROR", `what an earlier run stopped cannot be started: ${faults?.join("; ") ?? ""}; repair that first`);
  const run = newRunId();
  using _ = await startGuardian(["site-backup", "guard", own, run, String(Date.now() + limitMs + GRACE_MS)]);
  const record = await runBackup(
    {
      ...ports,
      store,
      scratch,
      report: (aborted) => machineReport([folder, ...sourcesOf(plan)], aborted),
      exportKey: registry.save,
      now: Date.now,
    },
    { plan, control: digest, run, limitMs, signal },
  );
  if (record.state === "complete") {
    if (store.chunks.isDoubtful) store.chunks.trust();
    await removeSurplus(store, record, { rules, signal });
  }
  return record;
}

/** Earlier runs are removed only when all of the new one was read back. */
export async function removeSurplus(
  store: OpenSnapshotStore,
  record: RunRecord,
  { rules, signal }: { rules: Retention; signal: AbortSignal },
): Promise<void> {
  // The new one is kept, whatever a clock that was set back says of its age.
  const kept = new Set([...(await store.archived()).keys(), record.run]);
  const surplus = surplusRuns(await store.runs(), rules, kept);
  if (surplus.length === 0) return;
  const read = verifyRun(store, record, { nth: 1, of: 1 }, signal);
  const verified = await read.catch((error: unknown) => {
    // Whoever is to stop leaves the rest to the next run.
    if (signal.aborted) return undefined;
    throw error;
  });
  if (!verified) return;
  const { bad } = verified;
  if (bad.length > 0) return void record.faults.push(`it cannot be read back (${bad[0]?.path}: ${bad[0]?.why}): earlier runs are kept`);
  try {
    await store.drop(surplus);
  } catch (error) {
    const { code, message } = SitewrightError.from(error);
    if (code !== "SNAPSHOT_DAMAGED") throw error;
    // Of an earlier run that stays: what it needs is not known. The new one is whole.
    record.faults.push(`what only removed runs needed is not removed: ${message}, and take its name from it if it is archived`);
  }
}

/** `site-backup recover`: what is left to be done after the machine was restarted. */
export interface Recovered {
  /** What failed while the services were started that a run left stopped; undefined: nothing was owed. */
  faults?: string[];
  /** Of a restore that is not finished or not released, and of trials, in words. */
  restore: string[];
}

/** Starts what a run left stopped, and keeps stopped what a restore has not released. */
export async function recoverSiteBackup(file: string): Promise<Recovered> {
  const own = ownFolderOf(file);
  if (!isThere(own)) return { restore: [] };
  let faults: string[] | undefined;
  {
    using store = openSnapshotStore(claimBackupFolder(dirname(own)));
    await clearDumps({ scratch: openScratch(dirname(own)) }, readControlFile(file).plan);
    faults = await recover(startPorts(own), store);
  }
  const trials = await settleTrials(own);
  const said = trials > 0 ? ["what a trial restore left was removed"] : [];
  return { ...(faults ? { faults } : {}), restore: [...said, ...(await settleRestore(own))] };
}

/** `site-backup guard`: waits for the end of the run or the trial that started it; starts what that left stopped, removes what it left. */
export async function guardSiteBackup(own: string, run: string, until: number): Promise<void> {
  await parentEnds(until);
  claimBackupFolder(dirname(own));
  const ports = startPorts(own);
  const owed = await ports.journal.read();
  if (owed?.run !== run) return void (await settleTrials(own, run));
  // The services first: the store may be locked by a run that hangs.
  await startOwed(ports, owed);
  using store = openSnapshotStore(own);
  // What it was is known where only its services did not start.
  if ((await store.runs()).every((record) => record.run !== run))
    await publishFailed(store, owed, ["the run was ended from outside before it was complete"]);
}

/** @param copy Folder of a copy of the snapshots. */
export async function listSiteBackups(file: string, copy?: string): Promise<ListedRun[]> {
  return listedIn(storedIn(file, copy));
}

/** @param own Sitewright's own folder where they are. */
export async function listedIn(own: string): Promise<ListedRun[]> {
  const records = openRunRecords(own);
  const names = await records.archived();
  return (await records.runs()).map((record) => {
    const archived = names.get(record.run);
    return archived === undefined ? record : { ...record, archived };
  });
}

/** `site-backup archive`: no retention removes the run from then on. @param name Undefined: takes that back. Throws `NOT_FOUND`, `BAD_REQUEST`. */
export async function archiveSiteBackup(file: string, run: string | undefined, name: string | undefined): Promise<string> {
  if (name !== undefined && !/^[^\p{C}]{1,64}$/u.test(name))
    throw new SitewrightError("BAD_REQUEST", `--name ${JSON.stringify(name)}: write 1 to 64 characters that can be seen`);
  using store = openStored(file);
  const record = await findRun(store, run, siteOf(file));
  await store.archive(record.run, name);
  return record.run;
}

/** `site-backup verify`: `part` is `n/m`. Throws `BAD_REQUEST`, `NOT_FOUND`. */
export async function verifySiteBackup(
  file: string,
  { copy, part, run }: { run?: string; part: string; copy?: string },
): Promise<Verified> {
  const asked = { run, share: shareOf(part), site: siteOf(file) };
  return verifyIn(claimBackupFolder(dirname(storedIn(file, copy))), asked, new AbortController().signal);
}

/** After a backup: reads of it what is due, so that all is read in as many days. @param days As above. */
export async function verifyDue(file: string, days: number, signal: AbortSignal): Promise<Verified> {
  const own = claimBackupFolder(dirname(storedIn(file)));
  const share = dueShares((await readVerified(own))?.cycle, days, Date.now());
  return verifyIn(own, { run: undefined, share, site: siteOf(file), isDue: true }, signal);
}

export interface VerifyAsked {
  run: string | undefined;
  share: Share;
  site?: string | undefined;
  /** Whether it is one of a cycle. */
  isDue?: true;
}

/** `n/m`. Throws `BAD_REQUEST`. */
export function shareOf(part: string): Share {
  const [, nth, of] = /^(\d{1,3})\/(\d{1,3})$/.exec(part)?.map(Number) ?? [];
  if (!nth || !of || nth > of)
    throw new SitewrightError("BAD_REQUEST", `--part ${part} is not understood: write it like 1/7, the first of seven`);
  return { nth, of };
}

/** @param own Sitewright's own folder where the snapshots are. */
export async function verifyIn(own: string, { run, share, site, isDue }: VerifyAsked, signal: AbortSignal): Promise<Verified> {
  using store = openSnapshotStore(own);
  const record = await findRun(store, run, site);
  if (record.state === "failed")
    throw new SitewrightError("NOT_A_SNAPSHOT", `the run ${record.run} failed, and nothing of it was kept: there is nothing to be read`);
  const verified = await verifyRun(store, record, share, signal);
  const { good, bad, notTested } = verified;
  const at = Date.now();
  const cycle = isDue ? cycleAfter(share, at) : (await readVerified(own))?.cycle;
  const note = { run: verified.run, at, good, bad: bad.length, notTested, ...(bad[0] ? { first: bad[0].path } : {}) };
  try {
    await writeVerified(own, { ...note, ...(cycle ? { cycle } : {}) });
  } catch (error) {
    // On a full disk too it is good to know what can be read back.
    verified.unnoted = SitewrightError.from(error).message;
  }
  return verified;
}

export async function restoreSiteBackup(
  file: string,
  { run, to, copy }: { run?: string; to: string; copy?: string },
  signal: AbortSignal,
): Promise<{ run: string; state: RunRecord["state"]; files: number; bytes: number }> {
  using store = openStored(file, copy);
  const record = await findRun(store, run, siteOf(file));
  const folder = resolve(to);
  sitePlaces.requireRoom(new Map(record.parts.map(({ target, bytes }) => [`${folder}/${target}`, bytes])));
  return { run: record.run, state: record.state, ...(await restoreRun(store, record, folder, signal)) };
}

async function recover(ports: StartPorts, store: OpenSnapshotStore): Promise<string[] | undefined> {
  return recoverOwed(ports, { runs: store.runs, publishFailed: (owed, faults) => publishFailed(store, owed, faults) });
}

async function publishFailed(store: OpenSnapshotStore, { run }: Owed, faults: string[]): Promise<void> {
  const now = Date.now();
  await store.publish({
    form: 1,
    run,
    site: "",
    state: "failed",
    control: "",
    began: now,
    ended: now,
    parts: [],
    absent: [],
    faults,
    added: 0,
  });
}

function sourcesOf({ tasks }: ControlPlan): string[] {
  return tasks.flatMap(({ action }) => (action.kind === "copy" ? [action.source] : []));
}
