import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { CachedEntry, HashCache, ChunkPlace } from "../../app/ports/disk.ts";
import type { Log } from "../../app/ports/link.ts";
import { inodeOf } from "../../domain/tree/file-identity.ts";
import { packChunks, unpackChunks } from "./chunk-list.ts";
import { isDamaged, requireFile, transaction } from "@sitewright/node-kit/database";
import { databaseFault, type Chunk, type Digest } from "@sitewright/protocol";
import { chunkKey, createKnownChunks } from "../../domain/chunks/known-chunks.ts";

/** Limit of places returned for one chunk: a run of zeros may be in thousands. */
const PLACES = 4;
/** Limit of chunks that wait in memory. Each merge touches nearly every page of the table, so merging many at once is cheap per chunk. */
const WAITING = 65_536;
/** Files whose chunks are read again at once. */
const READ_AT_ONCE = 1000;

/**
 * Where chunks are, by the start of their digests. Digests are random: written one by one, each would cost a page of the table. So they
 * wait in memory and are inserted sorted; those that were waiting when the process ended are read again from the lists of their files.
 */
interface ChunkTable {
  /** To be called in a transaction. */
  add(file: number, chunks: readonly Chunk[]): void;
  /** Faster for many at once: in the order of the table. */
  places(digests: readonly Digest[]): Map<Digest, ChunkPlace[]>;
}

function openChunkTable(database: DatabaseSync): ChunkTable {
  const insert = database.prepare("INSERT OR IGNORE INTO chunks (key, file, at) VALUES (?, ?, ?)");
  const find = database.prepare(`SELECT file, at FROM chunks WHERE key = ? LIMIT ${PLACES}`);
  const setMerged = database.prepare("UPDATE merged SET file = ?");
  const keys = new Float64Array(WAITING);
  const files = new Uint32Array(WAITING);
  const places = new Float64Array(WAITING);
  /** One more than the index of the previous waiting entry with the same key; 0 for none. */
  const before = new Uint32Array(WAITING);
  let waiting = 0;
  let newest = createKnownChunks();
  let last = (database.prepare("SELECT file FROM merged").get() as { file: number }).file;
  let empty = database.prepare("SELECT 1 FROM chunks LIMIT 1").get() === undefined;

  function add(file: number, chunks: readonly Chunk[]): void {
    let at = 0;
    for (const { digest, size } of chunks) {
      if (waiting === WAITING) merge();
      const key = chunkKey(digest);
      keys[waiting] = key;
      files[waiting] = file;
      places[waiting] = at;
      before[waiting] = (newest.get(key) ?? -1) + 1;
      newest.set(key, waiting);
      waiting += 1;
      at += size;
    }
    last = file;
  }

  function merge(): void {
    const sorted = new Uint32Array(waiting).map((_, i) => i).sort((a, b) => (keys[a] as number) - (keys[b] as number));
    for (const i of sorted) insert.run(keys[i] as number, files[i] as number, places[i] as number);
    setMerged.run(last);
    waiting = 0;
    newest = createKnownChunks();
    empty = false;
  }

  function readAgain(): void {
    const list = database.prepare("SELECT id, chunks FROM files WHERE id > ? ORDER BY id LIMIT ?");
    for (let from = last; ;) {
      const rows = list.all(from, READ_AT_ONCE) as { id: number; chunks: Uint8Array }[];
      for (const { id, chunks } of rows) add(id, unpackChunks(chunks));
      const end = rows.at(-1);
      if (!end) return;
      from = end.id;
    }
  }

  readAgain();
  return {
    add,
    places(digests) {
      const found = new Map<Digest, ChunkPlace[]>();
      if (empty && waiting === 0) return found;
      for (const digest of empty ? digests : digests.toSorted()) {
        const key = chunkKey(digest);
        const known: ChunkPlace[] = [];
        for (let next = (newest.get(key) ?? -1) + 1; next > 0 && known.length < PLACES; next = before[next - 1] as number)
          known.push({ file: files[next - 1] as number, at: places[next - 1] as number });
        if (!empty) known.push(...(find.all(key) as unknown as ChunkPlace[]));
        if (known.length > 0) found.set(digest, known);
      }
      return found;
    },
  };
}

const DAY = 24 * 60 * 60 * 1000;
/** Entries that were not used in this time are dropped, ms. */
const FORGET_AFTER = 90 * DAY;
/** Of the tables; a file of another version is started again. */
const VERSION = 2;

/**
 * What files held, one row per inode, and where each chunk is; in a file of its own: it may be lost at any time, so no commit waits for the
 * disk.
 */
export function openHashCache(dataDir: string, log: Log): HashCache & { forgetRoot(root: string): void; close(): void } {
  const database = openCache(join(dataDir, "index.db"), log);
  const read = database.prepare("SELECT identity, chunks, hashed, used FROM files WHERE inode = ?");
  const age = database.prepare("SELECT identity, hashed, used FROM files WHERE inode = ?");
  const touch = database.prepare("UPDATE files SET used = ? WHERE inode = ?");
  const add = database.prepare(
    "INSERT INTO files (inode, identity, root, path, chunks, hashed, used) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (inode) DO NOTHING",
  );
  const held = database.prepare("SELECT id, identity, chunks FROM files WHERE inode = ?");
  const move = database.prepare("UPDATE files SET identity = ?, root = ?, path = ?, hashed = ?, used = ? WHERE id = ?");
  const renew = database.prepare("UPDATE files SET identity = ? WHERE inode = ? AND identity = ?");
  const drop = database.prepare("DELETE FROM files WHERE id = ?");
  const dropRoot = database.prepare("DELETE FROM files WHERE root = ?");
  const file = database.prepare("SELECT root, path, identity FROM files WHERE id = ?");
  const chunkTable = openChunkTable(database);

  /** What cannot be stored, as on a full disk, is hashed again another time. */
  function commit(work: () => void): void {
    try {
      transaction(database, work);
    } catch (error) {
      log("debug", "the index of files cannot be written", { err: error });
    }
  }

  function isUsed(inode: string, used: number): void {
    if (Date.now() - used > DAY) commit(() => touch.run(Date.now(), inode));
  }

  function putOne({ root, path, identity, chunks }: CachedEntry, now: number): void {
    const inode = inodeOf(identity);
    const packed = packChunks(chunks);
    let added = add.run(inode, identity, root, path, packed, now, now);
    if (added.changes === 0) {
      const before = held.get(inode) as { id: number; chunks: Uint8Array };
      if (Buffer.compare(before.chunks, packed) === 0) {
        move.run(identity, root, path, now, now, before.id);
        return;
      }
      drop.run(before.id); // from now on its chunks lead nowhere
      added = add.run(inode, identity, root, path, packed, now, now);
    }
    chunkTable.add(Number(added.lastInsertRowid), chunks);
  }

  return {
    get(identity) {
      const inode = inodeOf(identity);
      const row = read.get(inode) as { identity: string; chunks: Uint8Array; hashed: number; used: number } | undefined;
      if (row?.identity !== identity) return undefined;
      isUsed(inode, row.used);
      return { chunks: unpackChunks(row.chunks), hashedAt: row.hashed };
    },
    hashedAt(identity) {
      const inode = inodeOf(identity);
      const row = age.get(inode) as { identity: string; hashed: number; used: number } | undefined;
      if (row?.identity !== identity) return undefined;
      isUsed(inode, row.used);
      return row.hashed;
    },
    put: (files) =>
      commit(() => {
        const now = Date.now();
        for (const entry of files) putOne(entry, now);
      }),
    forget: (identities) =>
      commit(() => {
        for (const identity of identities) {
          const row = held.get(inodeOf(identity)) as { id: number; identity: string } | undefined;
          if (row?.identity === identity) drop.run(row.id);
        }
      }),
    forgetRoot: (root) => commit(() => void dropRoot.run(root)),
    renew: (changes) =>
      commit(() => {
        for (const [before, after] of changes) renew.run(after, inodeOf(before), before);
      }),
    places: chunkTable.places,
    file: (id) => file.get(id) as { root: string; path: string; identity: string } | undefined,
    close: () => database.close(),
  };
}

/**
 * A damaged cache is started again. One that cannot be opened (no rights, no room, no free descriptor, open in another program) is left as
 * it is: whatever it knows costs reading all role roots to find out again.
 */
function openCache(path: string, log: Log): DatabaseSync {
  try {
    requireFile(path);
    return openTables(path);
  } catch (error) {
    if (!isDamaged(error)) {
      const why = databaseFault(error)?.why ?? (error instanceof Error ? error.message : String(error));
      log("warn", `the index of files ${path} cannot be used: ${why}; until the next start what is read of the role roots is not kept`, {
        err: error,
      });
      return openTables(TEMPORARY);
    }
    log("warn", `the index of files ${path} could not be read and was started again: the next orders read the role roots again`, {
      err: error,
    });
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    return openTables(path);
  }
}

/** SQLite's name of a database of its own, which moves from memory to a temporary file when it grows. */
const TEMPORARY = "";

function openTables(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
    if (version !== VERSION) {
      database.exec(`
        DROP TABLE IF EXISTS files;
        CREATE TABLE files (
          id INTEGER PRIMARY KEY, inode TEXT NOT NULL UNIQUE, identity TEXT NOT NULL, root TEXT NOT NULL, path TEXT NOT NULL,
          chunks BLOB NOT NULL, hashed INTEGER NOT NULL, used INTEGER NOT NULL
        ) STRICT;
        DROP TABLE IF EXISTS chunks;
        CREATE TABLE chunks (key INTEGER, file INTEGER, at INTEGER NOT NULL, PRIMARY KEY (key, file)) STRICT, WITHOUT ROWID;
        DROP TABLE IF EXISTS merged;
        CREATE TABLE merged (file INTEGER NOT NULL) STRICT;
        INSERT INTO merged VALUES (0);
        PRAGMA user_version = ${VERSION};
      `);
    }
    const { changes } = database.prepare("DELETE FROM files WHERE used < ?").run(Date.now() - FORGET_AFTER);
    if (changes !== 0) database.exec("DELETE FROM chunks WHERE file NOT IN (SELECT id FROM files)");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
