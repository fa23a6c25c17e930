import { dirname } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { targetIn, type ControlPlan } from "@sitewright/protocol/site-backup";
import { countTree } from "../adapters/site-backup/count-tree.ts";
import { commands } from "../adapters/site-backup/commands.ts";
import { startGuardian } from "../adapters/site-backup/guardian.ts";
import { quietCommands } from "../adapters/site-backup/quiet-commands.ts";
import { restoreRun } from "../adapters/site-backup/read-run.ts";
import { sitePlaces } from "../adapters/site-backup/site-places.ts";
import { openSnapshotStore } from "../adapters/site-backup/snapshot-store.ts";
import { openTrialBook, type TrialBook } from "../adapters/site-backup/trial-book.ts";
import { claimBackupFolder } from "../adapters/site-backup/trusted-file.ts";
import { cleanTrial, tryRestore, type Trial } from "../app/site-backup/trial.ts";
import { newRunId } from "./run-id.ts";
import { findRun, openStored, ownFolderOf, readControlFile, requireReady } from "./site-backup-control.ts";

export interface TrialFlags {
  run?: string;
  network?: true;
}

/** A trial that has not ended by then is given up by its guardian, ms. */
const LONGEST_MS = 7 * 24 * 3_600_000;

/** `site-backup trial`. Throws `NOT_FOUND`, `DISK_FULL`, `BAD_REQUEST`, `NOT_A_SNAPSHOT`, `SITE_BACKUP_RUNS`: nothing was restored then. */
export async function trySiteBackup(file: string, { run, network }: TrialFlags, signal: AbortSignal): Promise<Trial> {
  const control = readControlFile(file);
  requireReady(file, control.plan);
  using store = openStored(file);
  const own = ownFolderOf(file);
  const book = openTrialBook(own);
  await cleanTrials(book);
  const record = await findRun(store, run, control.plan.site);
  if (record.state !== "complete")
    throw new SitewrightError(
      "NOT_A_SNAPSHOT",
      `the run ${record.run} is ${record.state}: it restores no site, so that there is nothing to try`,
    );
  const id = newRunId();
  const plan = control.inFolder(book.folderOf(id));
  requireReady(file, plan);
  const checks = plan.restore.flatMap(({ action: { kind, target, words } }) =>
    kind === "check" ? [{ target: targetIn(plan, target), words }] : [],
  );
  const chosen = network || checks.length === 0 ? commands : await quietCommands();
  sitePlaces.requireRoom(new Map(record.parts.map(({ target, bytes }) => [`${book.folderOf(id)}/${target}`, bytes])));
  using _ = await startGuardian(["site-backup", "guard", own, id, String(Date.now() + LONGEST_MS)]);
  return await tryRestore(
    {
      ...cleaning(book, id),
      restore: (one) => restoreRun(store, one, book.folderOf(id), signal).then(() => undefined),
      commands: chosen,
      count: countTree,
    },
    { id, record, checks, sources: sourcesOf(control.plan), signal },
  );
}

function sourcesOf(plan: ControlPlan): Map<string, string> {
  return new Map(
    plan.tasks.flatMap(({ action }) => (action.kind === "copy" ? [[targetIn(plan, action.target), action.source] as const] : [])),
  );
}

/** Removes what trials left that were ended from outside. The store is open, so that none runs. @param id Missing: of all. */
async function cleanTrials(book: TrialBook, id?: string): Promise<number> {
  const left = (await book.all()).filter((trial) => trial.cleaned === undefined && (id === undefined || trial.id === id));
  for (const trial of left) await cleanTrial(cleaning(book, trial.id), trial);
  return left.length;
}

function cleaning(book: TrialBook, id: string) {
  return { write: book.write, clean: () => book.clean(id), now: Date.now };
}

/** After a restart of the machine, or the end of the process of a trial. @returns How many were cleaned up. */
export async function settleTrials(own: string, id?: string): Promise<number> {
  const book = openTrialBook(own);
  if ((await book.all()).every(({ cleaned }) => cleaned !== undefined)) return 0;
  using _ = openSnapshotStore(claimBackupFolder(dirname(own)));
  return await cleanTrials(book, id);
}

/** The last trial, as an alert if it was faulty. */
export async function trialAlerts(own: string): Promise<string[]> {
  const [last] = await openTrialBook(own).all();
  if (last?.state !== "faulty") return [];
  return [`the trial restore of the backup ${last.run} of this site failed: ${last.faults[0] ?? ""}; make another backup, and try that`];
}
