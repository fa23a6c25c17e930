import { realpathSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SitewrightError } from "@sitewright/protocol";
import { claimPrivateFolder } from "./private-folder.ts";

export interface DataDirLock {
  release(): void;
}

/** One coordinator per data folder, for as long as its process lives: a lock of the file system, which a kill frees. Throws `DATA_DIR_IN_USE` and `DATA_DIR_UNSAFE`. */
export function lockDataDir(dataDir: string): DataDirLock {
  claimPrivateFolder(dataDir);
  const database = new DatabaseSync(join(dataDir, "coordinator.lock"));
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
  } catch (cause) {
    database.close();
    const place = realpathSync(dataDir);
    throw new SitewrightError(
      "DATA_DIR_IN_USE",
      `the data folder ${place} is in use by another coordinator: stop that one, or give this one a folder of its own with --data-dir`,
      { path: place, cause },
    );
  }
  return { release: () => database.close() };
}
