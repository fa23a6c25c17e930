import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SitewrightError } from "@sitewright/protocol";
import { isDamaged, takeForm, transaction } from "@sitewright/node-kit/database";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import type { Log } from "../app/log.ts";
import type { SourceMemory } from "../app/ports/site-data.ts";
import type { RememberedUnit } from "../domain/sites/site-memory.ts";
import { dataFileError, requireFile, setAside } from "./files/data-file.ts";

/** What the site data held of each unit, in a file of its own: unlike the index it cannot be made again. */
export interface OpenSourceMemory extends SourceMemory {
  close(): void;
}

/** Of the records: rises with each change that earlier coordinators could not read. */
const FORM = 1;

/** To be opened by the holder of the lock on the data folder. */
export function openSourceMemory(dataDir: string, log: Log): OpenSourceMemory {
  const database = openOrSetAside(join(dataDir, "sources.db"), log);
  const save = database.prepare("INSERT OR REPLACE INTO units VALUES (?, ?)");
  const known = new Map(
    database
      .prepare("SELECT unit, record FROM units")
      .all()
      .map(({ unit, record }) => [String(unit), parseRecord(String(unit), String(record))]),
  );
  return {
    all: () => known,
    keep(units) {
      if (units.size === 0) return;
      for (const [unit, row] of units) known.set(unit, row);
      try {
        transaction(database, () => {
          for (const [unit, row] of units) save.run(unit, JSON.stringify(row));
        });
      } catch (error) {
        // What is in memory protects until the next start; a full disk must not stop reading.
        log.error({ error: String(error) }, "what the site data hold could not be stored in sources.db: make room for it");
      }
    },
    close: () => database.close(),
  };
}

/** The records by unit, as JSON, also while a coordinator uses the file: in one transaction. Throws `DATA_FILE_UNUSABLE`. */
export function readUnits(dataDir: string): Record<string, string> {
  const file = join(dataDir, "sources.db");
  try {
    requireFile(file);
    if (!existsSync(file)) return {};
    using database = new DatabaseSync(file, { timeout: 10_000, readOnly: true });
    const rows = database.prepare("SELECT unit, record FROM units").all();
    return Object.fromEntries(rows.map(({ unit, record }) => [String(unit), String(record)]));
  } catch (error) {
    throw dataFileError(file, error);
  }
}

/** Makes the file of a restored coordinator. Throws `DATA_FILE_UNUSABLE`, `DISK_FULL`, and `BACKUP_INVALID` for an invalid record. */
export function writeUnits(dataDir: string, units: Readonly<Record<string, string>>): void {
  const file = join(dataDir, "sources.db");
  try {
    for (const [unit, json] of Object.entries(units)) parseRecord(unit, json);
  } catch (cause) {
    throw new SitewrightError("BACKUP_INVALID", `the backup cannot be used: ${(cause as Error).message}`, { cause });
  }
  try {
    using database = open(file);
    const save = database.prepare("INSERT INTO units VALUES (?, ?)");
    transaction(database, () => {
      for (const [unit, json] of Object.entries(units)) save.run(unit, json);
    });
  } catch (error) {
    throw dataFileError(file, error);
  }
}

/** Throws a `SyntaxError` for an invalid record. */
function parseRecord(unit: string, json: string): RememberedUnit {
  const record = JSON.parse(json) as Partial<RememberedUnit> | null;
  const places = record?.places;
  if (!Array.isArray(record?.systems) || typeof places !== "object" || Object.values(places).some(({ is }) => typeof is !== "string"))
    throw new SyntaxError(`what is remembered of ${unit} is not a record`);
  return record as RememberedUnit;
}

/** A damaged file is kept for inspection, and the memory starts empty. Throws `DATA_FILE_UNUSABLE`, `DISK_FULL`. */
function openOrSetAside(file: string, log: Log): DatabaseSync {
  try {
    requireFile(file);
    return open(file);
  } catch (error) {
    if (!isDamaged(error) && !(error instanceof SyntaxError)) throw dataFileError(file, error);
    log.error(
      { error: String(error), aside: setAside(file) },
      "sources.db cannot be read and was set aside: what has vanished from the site data since is not detected; compare with what systems hold",
    );
    return open(file);
  }
}

function open(file: string): DatabaseSync {
  makeFolder(join(file, ".."), 0o700);
  const database = new DatabaseSync(file, { timeout: 10_000 });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS units (unit TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID, STRICT;
    `);
    takeForm(database, FORM, { code: "DATA_FILE_UNUSABLE", name: file });
    for (const { unit, record } of database.prepare("SELECT unit, record FROM units").iterate()) parseRecord(String(unit), String(record));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
