import { createPrivateKey, X509Certificate } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { authorityKey, isSignedSuccession } from "@sitewright/node-kit/succession";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { restoredState, restoredTenure, type Backup, type SavedState } from "../../domain/backup/backup.ts";
import { dataFileError } from "../files/data-file.ts";
import { NO_SUCCESSION, type Succession } from "../../domain/backup/succession.ts";
import { lockDataDir } from "../files/lock-data-dir.ts";
import { openPki, type Pki } from "../pki.ts";
import { readIfThere, writePrivateFile } from "../files/private-file.ts";
import { readUnits, writeUnits } from "../source-memory.ts";
import type { ReadBackup } from "./backup-file.ts";
import { writeRestoredState } from "./restored-state.ts";
import { readSuccession, writeSuccession } from "./succession-file.ts";
import { readTenure, writeTenure } from "./tenure-file.ts";

/** In a data folder in which a restore has begun and not ended. */
const UNFINISHED = "restore-unfinished";
/** What every backup saves. */
const SAVED = ["coordinator-id", "succession.json", "tenure.json", "sources.db", "ledger.jsonl", "deletions.json"];
/** What a restore writes, beside the mark: an interrupted one is begun again over these. */
const WRITTEN = [...SAVED, "restored.json"];
/** These too, if the backup has them. */
const AUTHORITY = ["ca-key.pem", "ca.pem"];
/** What may be in a folder that counts as empty: the lock, and what a file system has. */
const HARMLESS = /^(coordinator\.lock(-\w+)?|lost\+found)$/;
/** What is made again, or is not to outlive its folder; docs/decisions/45-backup-and-stand-in.md has the reason for each. */
const EXPENDABLE = [
  HARMLESS,
  /^(index\.db(\.broken-.*)?|manifests|unpacked)$/,
  /^log\.db(\.broken-.*)?$/,
  /^redis$/,
  // Where the settings of the Debian package propose to put the packages of agents.
  /^agents$/,
  /^server(-key)?\.pem$/,
  /^(operator-token|member-id|units-coming)$/,
  /^(coordinator|agent-update|kept-state)\.json$/,
  /^(restored\.json|restore-unfinished)$/,
  // Set aside because it cannot be read.
  /^(sources\.db|deletions\.json)\.broken-.*$/,
];

/** What the data folder of a coordinator has, by its name: a file for which nothing was decided would be lost without notice. */
export function isSavedOrExpendable(name: string): boolean {
  const whole = name.replace(/-(wal|shm)$/, "");
  return [...SAVED, ...AUTHORITY].includes(whole) || EXPENDABLE.some((expendable) => expendable.test(whole));
}

/**
 * What is precious in the data folder of a running coordinator. Each file is consistent in itself: keys are never rewritten, sources.db is
 * read in one transaction, and the ledger is read to its last whole line. Throws `NOT_FOUND` for a folder of no coordinator.
 */
export async function readDataFolder(dataDir: string, state: SavedState): Promise<{ backup: Backup; ca: string; caKey: string }> {
  const [ca, caKey, coordinator, tenure] = await Promise.all([
    readIfThere(join(dataDir, "ca.pem")),
    readIfThere(join(dataDir, "ca-key.pem")),
    readIfThere(join(dataDir, "coordinator-id")),
    readTenure(dataDir),
  ]);
  const deletions = await readIfThere(join(dataDir, "deletions.json"));
  if (ca === undefined || caKey === undefined || coordinator === undefined)
    throw new SitewrightError("NOT_FOUND", `${dataDir} is not the data folder of a coordinator: name it with --data-dir`, {
      path: dataDir,
    });
  const ledger = await wholeLines(join(dataDir, "ledger.jsonl"));
  const backup = {
    coordinator: coordinator.trim(),
    tenure: tenure ?? { restored: 0, started: 0 },
    caKey,
    succession: await readSuccession(dataDir),
    state,
    units: readUnits(dataDir),
    ledger,
    ...(deletions === undefined ? {} : { deletions }),
  };
  return { backup, ca, caKey };
}

async function wholeLines(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw dataFileError(file, error);
  });
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "");
}

/**
 * Makes an empty folder the data folder of the coordinator of a backup, or of one that stands in for it if the folder has the CA that the
 * backup was made for, and nothing else. Killed at any moment it leaves a folder on which no coordinator
 * starts, and which the next restore completes. Throws `DATA_DIR_NOT_EMPTY`, `DATA_DIR_IN_USE`, `DATA_DIR_UNSAFE`, `BACKUP_INVALID`.
 * @param now ms since 1970.
 */
export async function writeDataFolder(dataDir: string, { backup, at, ca }: ReadBackup, now: number): Promise<void> {
  const { caKey } = backup;
  if (caKey !== undefined && !fits(ca, caKey))
    throw new SitewrightError("BACKUP_INVALID", "the backup cannot be used: it lacks the key of its CA");
  const kept = caKey === undefined ? AUTHORITY : [];
  // Before the folder is claimed: a wrong one must stay as it is.
  requireEmpty(dataDir, kept);
  if (caKey === undefined) await requireNamed(dataDir, backup, ca);
  const lock = lockDataDir(dataDir);
  try {
    requireEmpty(dataDir, kept);
    await writePrivateFile(join(dataDir, UNFINISHED), `the restore of a backup of ${new Date(at).toISOString()} has not ended\n`);
    for (const name of [...WRITTEN, ...(caKey === undefined ? [] : AUTHORITY)])
      for (const end of ["", "-wal", "-shm"]) await rm(join(dataDir, name + end), { force: true });
    await writePrivateFile(join(dataDir, "coordinator-id"), `${backup.coordinator}\n`);
    if (caKey !== undefined) {
      await writePrivateFile(join(dataDir, "ca-key.pem"), caKey);
      await writePrivateFile(join(dataDir, "ca.pem"), ca);
    }
    await writeSuccession(dataDir, successionOf(backup));
    await writeTenure(dataDir, restoredTenure(backup.tenure, now));
    writeUnits(dataDir, backup.units);
    await writeFileAtomic(join(dataDir, "ledger.jsonl"), backup.ledger.map((line) => `${line}\n`).join(""), 0o600);
    if (backup.deletions !== undefined) await writePrivateFile(join(dataDir, "deletions.json"), backup.deletions);
    await writeRestoredState(dataDir, { state: restoredState(backup.state), madeAt: at });
    await rm(join(dataDir, UNFINISHED));
  } catch (error) {
    throw error instanceof SitewrightError ? error : dataFileError(dataDir, error);
  } finally {
    lock.release();
  }
}

/** Throws `DATA_FILE_UNUSABLE` for a folder in which a restore was interrupted. */
export function requireFinished(dataDir: string): void {
  if (!entriesOf(dataDir).includes(UNFINISHED)) return;
  throw new SitewrightError("DATA_FILE_UNUSABLE", `a restore into ${dataDir} was interrupted: run 'sitewright restore' again`, {
    path: dataDir,
  });
}

/**
 * One that stands in has stated nothing yet with its own CA. A restored one names its successor again, under a new number: the statement may
 * have been revoked after the backup.
 */
function successionOf({ caKey, succession: { number, statements } = NO_SUCCESSION }: Backup): Succession {
  return { number: caKey === undefined ? 0 : number, statements };
}

/** Throws `BACKUP_INVALID` unless the CA of the backup has named the one in the folder as its successor. */
async function requireNamed(dataDir: string, { coordinator, succession }: Backup, ca: string): Promise<void> {
  const own = await authorityIn(dataDir);
  if (own === undefined)
    throw new SitewrightError(
      "BACKUP_INVALID",
      `this backup has no key: it is for the data folder of the coordinator that stands in, which 'sitewright stand-in prepare' made, and ${dataDir} is not one`,
      { path: dataDir },
    );
  const [from, to] = [ca, own].map((pem) => authorityKey(new X509Certificate(pem)));
  const last = succession?.statements.at(-1);
  if (last && last.from === from && last.to === to && last.coordinator === coordinator && isSignedSuccession(last)) return;
  throw new SitewrightError(
    "BACKUP_INVALID",
    `this backup is for another coordinator than that of ${dataDir}: make one with 'sitewright backup FILE --for' and the ca.pem of that folder`,
    { path: dataDir },
  );
}

/** PEM of the CA in a folder; undefined: it has none with its key. */
async function authorityIn(dataDir: string): Promise<string | undefined> {
  const [ca, key] = await Promise.all([readIfThere(join(dataDir, "ca.pem")), readIfThere(join(dataDir, "ca-key.pem"))]);
  return ca !== undefined && key !== undefined && fits(ca, key) ? ca : undefined;
}

/**
 * Gives an empty folder a CA, for a coordinator that may have to stand in; one that was prepared before stays as it is. Throws
 * `DATA_DIR_NOT_EMPTY`, `DATA_DIR_IN_USE`, `DATA_DIR_UNSAFE`.
 */
export async function prepareStandIn(dataDir: string): Promise<Pki> {
  requireEmpty(dataDir, AUTHORITY);
  const lock = lockDataDir(dataDir);
  try {
    return await openPki(dataDir);
  } finally {
    lock.release();
  }
}

/** @param beside What may be there too. */
function requireEmpty(dataDir: string, beside: readonly string[]): void {
  const entries = entriesOf(dataDir).filter((name) => !HARMLESS.test(name) && !beside.includes(name));
  if (entries.length === 0 || entries.includes(UNFINISHED)) return;
  const some = entries.slice(0, 3).join(", ");
  throw new SitewrightError(
    "DATA_DIR_NOT_EMPTY",
    `${dataDir} is not empty (${some}${entries.length > 3 ? ", ..." : ""}), and nothing in it was changed: name a new folder with --data-dir, or move this one away`,
    { path: dataDir },
  );
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw dataFileError(folder, cause);
  }
}

function fits(ca: string, key: string): boolean {
  try {
    return new X509Certificate(ca).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
