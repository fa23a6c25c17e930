import { realpathSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SitewrightError } from "@sitewright/protocol";
import { isDamaged } from "@sitewright/node-kit/database";
import { dataFileError, requireFile } from "./data-file.ts";
import { claimPrivateFolder } from "./private-folder.ts";

export interface DataDirLock {
  release(): void;
}

/**
 * One coordinator per data folder, for as long as its process lives: a file lock, which a kill releases. Throws `DATA_DIR_IN_USE` and
 * `DATA_DIR_UNSAFE`.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  claimPrivateFolder(dataDir);
  const file = join(dataDir, "coordinator.lock");
  requireFile(file);
  const database = openLock(file);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
  } catch (cause) {
    database.close();
    if (isDamaged(cause)) {
      const advice = "make sure that no coordinator runs on this folder, then remove the file";
      throw new SitewrightError("DATA_FILE_UNUSABLE", `${file} is not a lock file of a coordinator: ${advice}`, { path: file, cause });
    }
    if (!isBusy(cause)) throw dataFileError(file, cause);
    const place = realpathSync(dataDir);
    throw new SitewrightError(
      "DATA_DIR_IN_USE",
      `the data folder ${place} is in use by another coordinator: stop that one, or give this one a folder of its own with --data-dir`,
      { path: place, cause },
    );
  }
  return { release: () => database.close() };
}

function openLock(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file);
  } catch (cause) {
    throw dataFileError(file, cause);
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && [5, 6].includes(errcode & 0xff);
}
