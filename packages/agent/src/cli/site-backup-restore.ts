import { dirname, resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { extractTargets } from "../adapters/site-backup/read-run.ts";
import { registry } from "../adapters/site-backup/registry.ts";
import { openRestoreBook, restoreFolder } from "../adapters/site-backup/restore-book.ts";
import { openScratch } from "../adapters/site-backup/scratch.ts";
import { sitePlaces } from "../adapters/site-backup/site-places.ts";
import { openSnapshotStore, type OpenSnapshotStore } from "../adapters/site-backup/snapshot-store.ts";
import { claimBackupFolder } from "../adapters/site-backup/trusted-file.ts";
import { placesOf } from "../app/site-backup/restore-places.ts";
import { isOpen, type Restore, type RestorePorts } from "../app/site-backup/restore-ports.ts";
import { restoreSite } from "../app/site-backup/restore-site.ts";
import { startOwed } from "../app/site-backup/start-owed.ts";
import { setEnabled, stopSite } from "../app/site-backup/stop-site.ts";
import { dropStaged, undoRestore } from "../app/site-backup/undo-restore.ts";
import { newRunId } from "./run-id.ts";
import { findRun, openStored, ownFolderOf, readControlFile, requireReady, startPorts, type ControlFile } from "./site-backup-control.ts";

export interface RestoreFlags {
  run?: string;
  databaseLost?: true;
  /** Folder of a copy of the snapshots. */
  copy?: string;
}

/**
 * `site-backup restore --in-place`: puts the parts of one run in their places, or continues a restore that was ended from outside. Throws
 * `SITE_HELD`, `NOT_A_SNAPSHOT`, `SNAPSHOT_DAMAGED`, `CONTROL_FILE_INVALID`, `DISK_FULL`; nothing is changed then.
 */
export async function restoreInPlace(file: string, flags: RestoreFlags, signal: AbortSignal): Promise<Restore> {
  const control = readControlFile(file);
  requireReady(file, control.plan);
  // Open in any case, so that no backup runs meanwhile.
  const own = claimBackupFolder(control.plan.folder as string);
  using present = openSnapshotStore(own);
  const all = await openRestoreBook(own).all();
  const [open] = all.filter(isOpen);
  const copy = flags.copy === undefined ? open?.copy : resolve(flags.copy);
  using copied = copy === undefined ? undefined : openStored(file, copy);
  const store = copied ?? present;
  const ports = restorePorts(own, store);
  if (open?.state === "restored" || open?.state === "undoing") throw held(open);
  if (open && flags.run !== undefined && flags.run !== open.run) throw held(open);
  const record = await findRun(store, open?.run ?? flags.run, control.plan.site);
  if (open) return await restoreSite(ports, open, record, signal);
  const owed = await ports.journal.read();
  if (owed) await startOwed(ports, owed);
  const restore = begin({ file, control, own, databaseLost: flags.databaseLost === true, copy, number: (all[0]?.number ?? 0) + 1 }, record);
  await ports.book.write(restore);
  return await restoreSite(ports, restore, record, signal);
}

interface Begun {
  file: string;
  control: ControlFile;
  own: string;
  databaseLost: boolean;
  copy: string | undefined;
  number: number;
}

function begin({ file, control, own, databaseLost, copy, number }: Begun, record: Parameters<typeof restoreSite>[2]): Restore {
  const id = newRunId();
  const { plan } = control;
  const staged = control.inFolder(restoreFolder(own, id, "new"));
  const kept = control.inFolder(restoreFolder(own, id, "before"));
  for (const one of [staged, kept]) requireReady(file, one);
  const places = placesOf({ id, record, plan, staged, kept, databaseLost });
  const databases = new Set(places.flatMap((place) => (place.kind === "database" ? [place.staged] : [])));
  return {
    form: 1,
    id,
    run: record.run,
    ...(copy === undefined ? {} : { copy }),
    state: "staging",
    began: Date.now(),
    number,
    switched: false,
    services: [],
    enabled: [],
    stop: plan.stop,
    start: plan.start,
    checks: staged.restore.flatMap(({ action: { kind, target, words } }) =>
      kind === "check" && databases.has(target) ? [{ target, words }] : [],
    ),
    places,
  };
}

/** `site-backup restore --undo`: puts back what a restore replaced. @param id Missing: of the newest one. Throws `NOT_FOUND`, `IO_ERROR`. */
export async function undoInPlace(file: string, id: string | undefined): Promise<Restore> {
  using store = openStored(file);
  const ports = restorePorts(ownFolderOf(file), store);
  const all = await ports.book.all();
  const restore = id === undefined ? all.find(({ state }) => state !== "undone") : all.find((one) => one.id === id);
  if (!restore || restore.state === "undone")
    throw new SitewrightError(
      "NOT_FOUND",
      id === undefined ? "no restore is there to be undone" : `there is no restore ${id} to be undone`,
    );
  const [open] = all.filter(isOpen);
  if (open && open.id !== restore.id) throw held(open);
  const later = all.slice(0, all.indexOf(restore)).find(({ state }) => state !== "undone");
  if (later) throw new SitewrightError("CONFLICT", `the restore ${later.id} was made later: undo that one first`);
  const faults = await undoRestore(ports, restore);
  if (faults.length > 0) throw new SitewrightError("IO_ERROR", `the restore ${restore.id}: ${faults.join("; ")}`);
  return restore;
}

/** `site-backup release`: starts the services of a restored site. Throws `NOT_FOUND`, `SITE_HELD`, `IO_ERROR`. */
export async function releaseRestored(file: string): Promise<Restore> {
  using store = openStored(file);
  const ports = restorePorts(ownFolderOf(file), store);
  const [open] = (await ports.book.all()).filter(isOpen);
  if (!open) throw new SitewrightError("NOT_FOUND", "no restored site is held");
  if (open.state !== "restored") throw held(open);
  const owed = { run: open.run, until: 0, services: open.services, start: open.start };
  // First: if that fails, the site is still held.
  await setEnabled(ports, open, true);
  await ports.journal.write(owed);
  open.state = "released";
  await ports.book.write(open);
  dropStaged(ports, open);
  const faults = await startOwed(ports, owed);
  if (faults.length > 0) throw new SitewrightError("IO_ERROR", faults.join("; "));
  return open;
}

/** Throws `SITE_HELD` while a restore is not finished or not released: starting the site's services would mix two states. */
export async function requireFree(own: string): Promise<void> {
  const [open] = (await openRestoreBook(own).all()).filter(isOpen);
  if (open) throw held(open);
}

/** What an operator has to attend to. */
export async function restoreAlerts(own: string): Promise<string[]> {
  return (await openRestoreBook(own).all()).filter(isOpen).map((open) => held(open).message);
}

/**
 * After a restart of the machine: undoes what had replaced nothing yet, continues an undo, and stops again what the system started of a site
 * that is held. @returns What was done, in words.
 */
export async function settleRestore(own: string): Promise<string[]> {
  const [open] = (await openRestoreBook(own).all()).filter(isOpen);
  if (!open) return [];
  using store = openSnapshotStore(claimBackupFolder(dirname(own)));
  const ports = restorePorts(own, store);
  if (open.state !== "switching" && open.state !== "restored") {
    const faults = await undoRestore(ports, open);
    return [`the restore ${open.id} was ended from outside: ${faults.length === 0 ? "it was undone" : faults.join("; ")}`];
  }
  await stopSite(ports, open.stop, AbortSignal.timeout(STOP_MS));
  return [held(open).message];
}

const STOP_MS = 1_800_000;

function held({ id, run, state }: Restore): SitewrightError {
  return new SitewrightError(
    "SITE_HELD",
    state === "restored"
      ? `the site was restored from the run ${run}, and its services are kept stopped: 'sitewright-agent site-backup release' starts them, 'restore --undo ${id}' puts back what was there`
      : `a restore from the run ${run} is ${state}, not finished: 'sitewright-agent site-backup restore --${state === "undoing" ? `undo ${id}` : "in-place"}' continues it${state === "undoing" ? "" : `, 'restore --undo ${id}' puts back what was there`}`,
  );
}

function restorePorts(own: string, store: OpenSnapshotStore): RestorePorts {
  return {
    ...startPorts(own),
    book: openRestoreBook(own),
    places: sitePlaces,
    registry,
    scratch: openScratch(own),
    extract: (record, places, signal) => extractTargets(store, record, places, signal).then(() => undefined),
  };
}
