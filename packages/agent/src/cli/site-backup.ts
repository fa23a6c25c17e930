import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import { LARGEST_CONTROL_FILE, OWN_FOLDER, planOfControlFile, type ControlPlan } from "@sitewright/protocol/site-backup";
import { readBoundedSync } from "@sitewright/node-kit/bounded-file";
import { siteServices } from "../adapters/disk/platform/service.ts";
import { commands, runProgram } from "../adapters/site-backup/commands.ts";
import { parentEnds, startGuardian } from "../adapters/site-backup/guardian.ts";
import { machineReport } from "../adapters/site-backup/machine-report.ts";
import { openOwedJournal } from "../adapters/site-backup/owed-journal.ts";
import { restoreRun, verifyRun, type Verified } from "../adapters/site-backup/read-run.ts";
import { readVerified, writeVerified } from "../adapters/site-backup/last-verified.ts";
import { openScratch } from "../adapters/site-backup/scratch.ts";
import { openSnapshotStore, type OpenSnapshotStore } from "../adapters/site-backup/snapshot-store.ts";
import { claimBackupFolder, requireTrustedFile } from "../adapters/site-backup/trusted-file.ts";
import type { Owed, RunRecord } from "../app/site-backup/ports.ts";
import { surplusRuns } from "../app/site-backup/retention.ts";
import { runBackup } from "../app/site-backup/run-backup.ts";
import { recoverOwed, startOwed, type StartPorts } from "../app/site-backup/start-owed.ts";

export interface RunBackupFlags {
  keep: string;
  limit: string;
}

/** After its time limit a run is given up; its guardian waits longer, ms. */
const GRACE_MS = 120_000;

/** `site-backup run`: one snapshot. Throws `CONTROL_FILE_INVALID`, `CONTROL_FILE_UNSAFE`, `SITE_BACKUP_RUNS`, `DATA_DIR_UNSAFE`. */
export async function runSiteBackup(file: string, flags: RunBackupFlags, signal: AbortSignal): Promise<RunRecord> {
  const keep = numberOf("--keep", flags.keep, 1000);
  const limitMs = numberOf("--limit", flags.limit, 7 * 24 * 60) * 60_000;
  const { plan, digest } = readControlFile(file);
  requireReady(file, plan);
  const folder = plan.folder as string;
  const own = claimBackupFolder(folder);
  const ports = startPorts(own);
  // What was found damaged must not become a part of another snapshot.
  const distrust = ((await readVerified(own))?.bad ?? 0) > 0;
  using store = openSnapshotStore(own, distrust);
  const faults = await recover(ports, store);
  // A new journal would forget the services that still do not run.
  if (await ports.journal.read())
    throw new SitewrightError("IO_ERROR", `what an earlier run stopped cannot be started: ${faults?.join("; ") ?? ""}; repair that first`);
  const run = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}-${randomBytes(4).toString("hex")}`;
  using _ = await startGuardian(["site-backup", "guard", own, run, String(Date.now() + limitMs + GRACE_MS)]);
  const record = await runBackup(
    {
      ...ports,
      store,
      scratch: openScratch(folder),
      report: (aborted) => machineReport([folder, ...sourcesOf(plan)], aborted),
      exportKey: (key, target, aborted) => runProgram([REG, "export", key, target, "/y"], aborted).then(() => undefined),
      now: Date.now,
    },
    { plan, control: digest, run, limitMs, signal },
  );
  if (record.state === "complete") await removeSurplus(store, record, keep);
  return record;
}

const REG = `${process.env.SystemRoot ?? String.raw`C:\Windows`}\\System32\\reg.exe`;

/** Earlier runs are removed only when all of the new one was read back. */
async function removeSurplus(store: OpenSnapshotStore, record: RunRecord, keep: number): Promise<void> {
  const surplus = surplusRuns(await store.runs(), keep);
  if (surplus.length === 0) return;
  const { bad } = await verifyRun(store, record, { nth: 1, of: 1 });
  if (bad.length === 0) await store.drop(surplus);
  else record.faults.push(`it cannot be read back (${bad[0]?.path}: ${bad[0]?.why}): earlier runs are kept`);
}

/** `site-backup recover`: starts what a run left stopped. @returns What failed; undefined: nothing was owed. */
export async function recoverSiteBackup(file: string): Promise<string[] | undefined> {
  const own = ownFolderOf(file);
  if (!existsSync(own)) return undefined;
  using store = openSnapshotStore(claimBackupFolder(dirname(own)));
  return recover(startPorts(own), store);
}

/** `site-backup guard`: waits for the end of the run that started it, and starts what that left stopped. */
export async function guardSiteBackup(own: string, run: string, until: number): Promise<void> {
  await parentEnds(until);
  claimBackupFolder(dirname(own));
  const ports = startPorts(own);
  const owed = await ports.journal.read();
  if (owed?.run !== run) return;
  // The services first: the store may be locked by a run that hangs.
  await startOwed(ports, owed);
  using store = openSnapshotStore(own);
  // What it was is known where only its services did not start.
  if ((await store.runs()).every((record) => record.run !== run))
    await publishFailed(store, owed, ["the run was ended from outside before it was complete"]);
}

export async function listSiteBackups(file: string): Promise<RunRecord[]> {
  using store = openStored(file);
  return await store.runs();
}

/** `site-backup verify`: `part` is `n/m`. Throws `BAD_REQUEST`, `NOT_FOUND`. */
export async function verifySiteBackup(file: string, { run, part }: { run?: string; part: string }): Promise<Verified> {
  const [, nth, of] = /^(\d{1,3})\/(\d{1,3})$/.exec(part)?.map(Number) ?? [];
  if (!nth || !of || nth > of)
    throw new SitewrightError("BAD_REQUEST", `--part ${part} is not understood: write it like 1/7, the first of seven`);
  using store = openStored(file);
  const verified = await verifyRun(store, await findRun(store, run), { nth, of });
  const { good, bad, notTested } = verified;
  await writeVerified(ownFolderOf(file), {
    run: verified.run,
    at: Date.now(),
    good,
    bad: bad.length,
    notTested,
    ...(bad[0] ? { first: bad[0].path } : {}),
  });
  return verified;
}

export async function restoreSiteBackup(
  file: string,
  { run, to }: { run?: string; to: string },
): Promise<{ run: string; files: number; bytes: number }> {
  using store = openStored(file);
  const record = await findRun(store, run);
  return { run: record.run, ...(await restoreRun(store, record, resolve(to))) };
}

/** The named run, or the newest complete one. */
async function findRun(store: OpenSnapshotStore, run: string | undefined): Promise<RunRecord> {
  const runs = await store.runs();
  const found = run === undefined ? runs.find(({ state }) => state === "complete") : runs.find((one) => one.run === run);
  if (found) return found;
  throw new SitewrightError(
    "NOT_FOUND",
    run === undefined ? "there is no complete run yet" : `there is no run ${run}: 'site-backup list' shows all`,
  );
}

function openStored(file: string): OpenSnapshotStore {
  const own = ownFolderOf(file);
  if (!existsSync(own)) throw new SitewrightError("NOT_FOUND", `there is no backup in ${dirname(own)} yet`, { path: dirname(own) });
  return openSnapshotStore(claimBackupFolder(dirname(own)));
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

function startPorts(own: string): StartPorts {
  return { services: siteServices, commands, journal: openOwedJournal(own), sleep: (ms) => sleep(ms) };
}

function sourcesOf({ tasks }: ControlPlan): string[] {
  return tasks.flatMap(({ action }) => (action.kind === "copy" ? [action.source] : []));
}

/** Sitewright's own folder in that of the backup. Throws `CONTROL_FILE_INVALID`. */
export function ownFolderOf(file: string): string {
  const { folder } = readControlFile(file).plan;
  if (folder === undefined)
    throw new SitewrightError("CONTROL_FILE_INVALID", `${file} names no folder of the backup: correct its [Tokens]`, { path: file });
  return join(folder, OWN_FOLDER);
}

function readControlFile(file: string): { plan: ControlPlan; digest: string } {
  let bytes: Buffer;
  try {
    bytes = readBoundedSync(file, LARGEST_CONTROL_FILE);
  } catch (cause) {
    throw new SitewrightError("CONTROL_FILE_INVALID", `${file} cannot be read: ${(cause as Error).message}`, { path: file, cause });
  }
  requireTrustedFile(file);
  return { plan: planOfControlFile({ bytes, env: process.env }), digest: createHash("sha256").update(bytes).digest("hex") };
}

function requireReady(file: string, { refused }: ControlPlan): void {
  const [first, ...more] = refused.filter(({ fault }) => fault);
  if (!first) return;
  const rest = more.length > 0 ? `; ${more.length} more: 'sitewright site-backup plan ${file}' shows all` : "";
  throw new SitewrightError("CONTROL_FILE_INVALID", `${file}${first.line > 0 ? `:${first.line}` : ""}: ${first.why}${rest}`, {
    path: file,
  });
}

export function numberOf(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new SitewrightError("BAD_REQUEST", `${flag} ${text} is not understood: write a number from 1 to ${most}`);
}
