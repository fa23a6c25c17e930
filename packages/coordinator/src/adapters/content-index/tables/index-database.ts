import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { dataFileError, requireFile, setAside } from "../../files/data-file.ts";
import { filesTable, type FilesTable } from "./files-table.ts";
import { manifestsTable, type ManifestsTable } from "./manifests-table.ts";
import { CORRUPT, isDamaged, transaction } from "@sitewright/node-kit/database";
import { versionsTable, type VersionsTable } from "./versions-table.ts";

export type { RememberedFile } from "./files-table.ts";

/** The stored state of the sources, shared by the worker threads: each opens it for itself. */
export interface IndexDatabase extends FilesTable, ManifestsTable, VersionsTable {
  close(): void;
}

/** Raised with every change of the tables, the cuts or what a digest covers: the data are then made again. */
export const LAYOUT = 2;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS files (
    source TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
    settled INTEGER NOT NULL, digests BLOB NOT NULL, sizes BLOB NOT NULL, packed INTEGER NOT NULL, compressible INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS manifests (digest TEXT PRIMARY KEY, unit TEXT NOT NULL, owned TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS roots (digest TEXT PRIMARY KEY, root TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS units (unit TEXT PRIMARY KEY, stamp TEXT NOT NULL, outcome TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions (unit TEXT NOT NULL, version INTEGER NOT NULL, content TEXT NOT NULL, PRIMARY KEY (unit, version)) WITHOUT ROWID;
`;
/** Known versions are kept, but not their content: other cuts give the same files other digests. */
const RENEW = `
  DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS manifests; DROP TABLE IF EXISTS units; DROP TABLE IF EXISTS roots;
  ${SCHEMA}
  UPDATE versions SET content = '';
  PRAGMA user_version = ${LAYOUT};
`;

export function indexFile(dataDir: string): string {
  return join(dataDir, "index.db");
}

/**
 * Ensures that the database can be opened, before any thread does. An unreadable one is set aside and started again, with the versions that
 * can be saved: everything else can be made again from the site data.
 * @param told Called with a report of that. Throws `DATA_FILE_UNUSABLE` or `DISK_FULL` for faults that a new file does not mend.
 */
export function prepareIndexDatabase(dataDir: string, told: (message: string, facts: Record<string, unknown>) => void): void {
  const file = indexFile(dataDir);
  try {
    requireFile(file);
    checkIndexDatabase(dataDir);
  } catch (error) {
    if (!isDamaged(error)) throw dataFileError(file, error);
    const aside = setAside(file);
    const database = openIndexDatabase(dataDir);
    const versions = versionsIn(aside);
    for (const { unit, version, content } of versions) database.saveVersion(unit, version, content);
    database.close();
    const saved = versions.length > 0 ? "the known versions are saved" : "the known versions are lost";
    const message = `index.db cannot be read, was set aside and is made again: the next run reads all sources, and ${saved}`;
    told(message, { error: String(error), aside, versions: versions.length });
  }
}

function checkIndexDatabase(dataDir: string): void {
  openIndexDatabase(dataDir).close();
  const database = new DatabaseSync(indexFile(dataDir));
  try {
    const found = database.prepare("PRAGMA quick_check(1)").get()?.quick_check;
    if (found !== "ok") throw Object.assign(new Error(String(found)), { errcode: CORRUPT });
  } finally {
    database.close();
  }
}

function versionsIn(file: string): { unit: string; version: number; content: string }[] {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const rows = database.prepare("SELECT unit, version, content FROM versions").all();
      return rows.map(({ unit, version, content }) => ({ unit: String(unit), version: Number(version), content: String(content) }));
    } finally {
      database.close();
    }
  } catch {
    return [];
  }
}

export function openIndexDatabase(dataDir: string): IndexDatabase {
  makeFolder(dataDir, 0o700);
  const database = new DatabaseSync(indexFile(dataDir), { timeout: 30_000 });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    transaction(database, () => {
      const layout = database.prepare("PRAGMA user_version").get()?.user_version;
      // Tables added later are created in files of the current layout too.
      database.exec(layout === LAYOUT ? SCHEMA : RENEW);
    });
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    ...filesTable(database),
    ...manifestsTable(database),
    ...versionsTable(database),
    close: () => database.close(),
  };
}
