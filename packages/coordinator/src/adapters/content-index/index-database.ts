import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { BigIntStats } from "node:fs";
import type { UnitSource } from "../../domain/hierarchy.ts";
import type { HashedFile } from "./hash-file.ts";

/** What is remembered of the sources, shared by the worker threads: each opens it for itself. */
export interface IndexDatabase {
  /** The chunks of a file that did not change since it was hashed. */
  file(source: string, stats: BigIntStats): HashedFile | undefined;
  /** What was last hashed at this place, whatever lies there now. */
  lastHashed(source: string): RememberedFile | undefined;
  saveFiles(files: readonly FileRecord[]): void;
  /** Forgets the files below `folder` that are not among `present`. */
  forgetFiles(folder: string, present: ReadonlySet<string>): void;
  saveManifest(digest: string, owned: UnitSource["owned"]): void;
  /** Where the owned paths of a manifest come from. */
  manifestSources(digest: string): UnitSource["owned"] | undefined;
  /** Digest of the content that a unit had under a version, and the highest version it ever had. */
  version(unit: string, version: number): { content: string | undefined; highest: number | undefined };
  saveVersion(unit: string, version: number, content: string): void;
  close(): void;
}

export interface RememberedFile extends HashedFile {
  size: bigint;
  mtimeNs: bigint;
  inode: bigint;
}

export interface FileRecord {
  source: string;
  stats: BigIntStats;
  hashed: HashedFile;
  /** ms since 1970, from before the file was read. */
  hashedAt: number;
}

interface FileRow {
  size: bigint;
  mtime_ns: bigint;
  ctime_ns: bigint;
  inode: bigint;
  settled: bigint;
  digests: Uint8Array;
  sizes: Uint8Array;
  packed: bigint;
  compressible: bigint;
}

/**
 * Clocks of file systems tick in steps: a file hashed within one step of its last change may change once more and look the same.
 * Such a file is hashed again next time. ms.
 */
const CLOCK_STEP = 50;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS files (
    source TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
    settled INTEGER NOT NULL, digests BLOB NOT NULL, sizes BLOB NOT NULL, packed INTEGER NOT NULL, compressible INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS manifests (digest TEXT PRIMARY KEY, owned TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions (unit TEXT NOT NULL, version INTEGER NOT NULL, content TEXT NOT NULL, PRIMARY KEY (unit, version)) WITHOUT ROWID;
`;

export function openIndexDatabase(dataDir: string): IndexDatabase {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dataDir, "index.db"), { timeout: 30_000 });
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`);
  const selectFile = database.prepare("SELECT * FROM files WHERE source = ?");
  selectFile.setReadBigInts(true);
  const insertFile = database.prepare("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const row = (source: string) => selectFile.get(source) as unknown as FileRow | undefined;

  function transaction(work: () => void): void {
    database.exec("BEGIN IMMEDIATE");
    try {
      work();
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  }

  return {
    file(source, stats) {
      const found = row(source);
      const same =
        found?.settled === 1n &&
        found.size === stats.size &&
        found.mtime_ns === stats.mtimeNs &&
        found.ctime_ns === stats.ctimeNs &&
        found.inode === asSigned(stats.ino);
      return same ? hashedFrom(found) : undefined;
    },
    lastHashed(source) {
      const found = row(source);
      return found && { ...hashedFrom(found), size: found.size, mtimeNs: found.mtime_ns, inode: BigInt.asUintN(64, found.inode) };
    },
    saveFiles(files) {
      transaction(() => {
        for (const { source, stats, hashed, hashedAt } of files) {
          const settled = hashedAt - Number(stats.ctimeNs / 1_000_000n) > CLOCK_STEP ? 1 : 0;
          const sizes = new Uint8Array(hashed.sizes.buffer, hashed.sizes.byteOffset, hashed.sizes.byteLength);
          insertFile.run(
            source,
            stats.size,
            stats.mtimeNs,
            stats.ctimeNs,
            asSigned(stats.ino),
            settled,
            hashed.digests,
            sizes,
            hashed.packedBytes,
            hashed.compressible ? 1 : 0,
          );
        }
      });
    },
    forgetFiles(folder, present) {
      // "0" follows "/" in the order of SQLite's text.
      const known = database.prepare("SELECT source FROM files WHERE source >= ? AND source < ?").all(`${folder}/`, `${folder}0`);
      const gone = known.map((found) => String(found.source)).filter((source) => !present.has(source));
      if (gone.length === 0) return;
      const remove = database.prepare("DELETE FROM files WHERE source = ?");
      transaction(() => gone.forEach((source) => remove.run(source)));
    },
    saveManifest(digest, owned) {
      database.prepare("INSERT OR REPLACE INTO manifests VALUES (?, ?)").run(digest, JSON.stringify(owned));
    },
    manifestSources(digest) {
      const found = database.prepare("SELECT owned FROM manifests WHERE digest = ?").get(digest);
      return found && (JSON.parse(String(found.owned)) as UnitSource["owned"]);
    },
    version(unit, version) {
      const found = database.prepare("SELECT content FROM versions WHERE unit = ? AND version = ?").get(unit, version);
      const highest = database.prepare("SELECT max(version) AS highest FROM versions WHERE unit = ?").get(unit)?.highest;
      return { content: found ? String(found.content) : undefined, highest: typeof highest === "number" ? highest : undefined };
    },
    saveVersion(unit, version, content) {
      database.prepare("INSERT OR IGNORE INTO versions VALUES (?, ?, ?)").run(unit, version, content);
    },
    close: () => database.close(),
  };
}

/** SQLite's integers are signed; inode numbers of some file systems use the highest bit. */
function asSigned(inode: bigint): bigint {
  return BigInt.asIntN(64, inode);
}

function hashedFrom(row: FileRow): HashedFile {
  // Copied, because a blob need not begin where 32-bit numbers may.
  const sizes = new Uint32Array(row.sizes.slice().buffer);
  return { digests: row.digests, sizes, packedBytes: Number(row.packed), compressible: row.compressible === 1n };
}
