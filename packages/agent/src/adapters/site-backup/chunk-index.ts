import { readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { databaseFault, SitewrightError } from "@sitewright/protocol";
import { isDamaged, takeForm } from "@sitewright/node-kit/database";
import type { DamageNote } from "./damage-note.ts";

const FORM = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS pack (id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS chunk (digest BLOB PRIMARY KEY, pack INTEGER NOT NULL, at INTEGER NOT NULL, stored INTEGER NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;`;

/** Which pack holds which chunk. Throws `SITE_BACKUP_RUNS` while another process has it open, and `DATA_DAMAGED`. */
export function openIndex(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; COMMIT");
    takeForm(database, FORM, { code: "VERSION_UNSUPPORTED", name: `the store ${path}` });
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    database.close();
    const fault = databaseFault(error);
    if (fault?.code === "FILE_IN_USE")
      throw new SitewrightError("SITE_BACKUP_RUNS", "another backup of this site runs: wait until it has ended", { path, cause: error });
    if (!isDamaged(error)) throw error;
    throw new SitewrightError(
      "DATA_DAMAGED",
      `the index of the store, ${path}, is damaged: move the folder above it away, and make a new backup`,
      { path, cause: error },
    );
  }
}

/** Cuts off what was written after the last commit: a crash leaves that without an entry in the index. */
export function trim(database: DatabaseSync, folder: string, packOf: (id: number) => string, damage: DamageNote): void {
  const known = new Map(
    (database.prepare("SELECT id, bytes FROM pack").all() as { id: number; bytes: number }[]).map(({ id, bytes }) => [id, bytes]),
  );
  for (const name of readdirSync(join(folder, "packs"))) {
    const bytes = known.get(Number(/^(\d+)\.pack$/.exec(name)?.[1] ?? -1));
    if (bytes === undefined) rmSync(join(folder, "packs", name), { force: true });
  }
  for (const [id, bytes] of known) {
    const there = statSync(packOf(id), { throwIfNoEntry: false })?.size;
    // A pack that lost its end is not filled with zeros.
    if (there === undefined || there < bytes) damage.add();
    else if (there > bytes) truncateSync(packOf(id), bytes);
  }
}
