import { createPrivateKey, X509Certificate } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { restoredState, restoredTenure, type Backup, type SavedState } from "../../domain/backup/backup.ts";
import { dataFileError } from "../data-file.ts";
import { lockDataDir } from "../lock-data-dir.ts";
import { readIfThere, writePrivateFile } from "../private-file.ts";
import { readUnits, writeUnits } from "../source-memory.ts";
import type { ReadBackup } from "./backup-file.ts";
import { writeRestoredState } from "./restored-state.ts";
import { readTenure, writeTenure } from "./tenure-file.ts";

/** In a data folder in which a restore has begun and not ended. */
const UNFINISHED = "restore-unfinished";
/** What a restore writes, beside the mark: an interrupted one is begun again over these. */
const WRITTEN = ["coordinator-id", "ca-key.pem", "ca.pem", "tenure.json", "sources.db", "ledger.jsonl", "restored.json"];
/** What may be in a folder that counts as empty: the lock, and what a file system has. */
const HARMLESS = /^(coordinator\.lock(-\w+)?|lost\+found)$/;

/**
 * What is precious in the data folder of a running coordinator. Each file is consistent in itself: keys are never rewritten, sources.db is
 * read in one transaction, and the ledger is read to its last whole line. Throws `NOT_FOUND` for a folder of no coordinator.
 */
export async function readDataFolder(dataDir: string, state: SavedState): Promise<{ backup: Backup; ca: string }> {
  const [ca, caKey, coordinator, tenure] = await Promise.all([
    readIfThere(join(dataDir, "ca.pem")),
    readIfThere(join(dataDir, "ca-key.pem")),
    readIfThere(join(dataDir, "coordinator-id")),
    readTenure(dataDir),
  ]);
  if (ca === undefined || caKey === undefined || coordinator === undefined)
    throw new SitewrightError("NOT_FOUND", `${dataDir} is not the data folder of a coordinator: name it with --data-dir`, {
      path: dataDir,
    });
  const ledger = await wholeLines(join(dataDir, "ledger.jsonl"));
  const backup = {
    coordinator: coordinator.trim(),
    tenure: tenure ?? { restored: 0, started: 0 },
    caKey,
    state,
    units: readUnits(dataDir),
    ledger,
  };
  return { backup, ca };
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
 * Makes an empty folder the data folder of the coordinator of a backup. Killed at any moment it leaves a folder on which no coordinator
 * starts, and which the next restore completes. Throws `DATA_DIR_NOT_EMPTY`, `DATA_DIR_IN_USE`, `DATA_DIR_UNSAFE`, `BACKUP_INVALID`.
 * @param now ms since 1970.
 */
export async function writeDataFolder(dataDir: string, { backup, at, ca }: ReadBackup, now: number): Promise<void> {
  if (!fits(ca, backup.caKey)) throw new SitewrightError("BACKUP_INVALID", "the backup cannot be used: it lacks the key of its CA");
  // Before the folder is claimed: a wrong one must stay as it is.
  requireEmpty(dataDir);
  const lock = lockDataDir(dataDir);
  try {
    requireEmpty(dataDir);
    await writePrivateFile(join(dataDir, UNFINISHED), `the restore of a backup of ${new Date(at).toISOString()} has not ended\n`);
    for (const name of WRITTEN) for (const end of ["", "-wal", "-shm"]) await rm(join(dataDir, name + end), { force: true });
    await writePrivateFile(join(dataDir, "coordinator-id"), `${backup.coordinator}\n`);
    await writePrivateFile(join(dataDir, "ca-key.pem"), backup.caKey);
    await writePrivateFile(join(dataDir, "ca.pem"), ca);
    await writeTenure(dataDir, restoredTenure(backup.tenure, now));
    writeUnits(dataDir, backup.units);
    await writeFileAtomic(join(dataDir, "ledger.jsonl"), backup.ledger.map((line) => `${line}\n`).join(""), 0o600);
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

function requireEmpty(dataDir: string): void {
  const entries = entriesOf(dataDir).filter((name) => !HARMLESS.test(name));
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
