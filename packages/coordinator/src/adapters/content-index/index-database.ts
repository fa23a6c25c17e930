import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { filesTable, type FilesTable } from "./files-table.ts";
import { manifestsTable, type ManifestsTable } from "./manifests-table.ts";
import { createTransaction } from "./transaction.ts";
import { versionsTable, type VersionsTable } from "./versions-table.ts";

export type { RememberedFile } from "./files-table.ts";

/** What is remembered of the sources, shared by the worker threads: each opens it for itself. */
export interface IndexDatabase extends FilesTable, ManifestsTable, VersionsTable {
  close(): void;
}

/** Raised whenever the tables, the cuts or what a digest covers become others: what was remembered is then made anew. */
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
/** Versions that were seen stay known, but not what they had: other cuts give other digests to the same files. */
const RENEW = `
  DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS manifests; DROP TABLE IF EXISTS units; DROP TABLE IF EXISTS roots;
  ${SCHEMA}
  UPDATE versions SET content = '';
  PRAGMA user_version = ${LAYOUT};
`;

export function openIndexDatabase(dataDir: string): IndexDatabase {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dataDir, "index.db"), { timeout: 30_000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  const transaction = createTransaction(database);
  transaction(() => {
    const layout = database.prepare("PRAGMA user_version").get()?.user_version;
    // Tables that came later are made in files of today's layout too.
    database.exec(layout === LAYOUT ? SCHEMA : RENEW);
  });
  return {
    ...filesTable(database, transaction),
    ...manifestsTable(database, transaction),
    ...versionsTable(database, transaction),
    close: () => database.close(),
  };
}
