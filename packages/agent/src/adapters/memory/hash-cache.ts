import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Chunk } from "@sitewright/protocol";
import type { CachedEntry, ChunkPlace, HashCache } from "../../app/units/disk-ports.ts";
import type { Log } from "../../app/session/link-ports.ts";
import { chunkKey } from "../../domain/chunk-key.ts";
import { inodeOf } from "../../domain/file-identity.ts";
import { transaction } from "./transaction.ts";

const DAY = 24 * 60 * 60 * 1000;
/** Entries that nobody asked for in this time are dropped, ms. */
const FORGET_AFTER = 90 * DAY;
/** Bytes of one chunk in the list: the digest and its size. */
const RECORD = 36;

/** Places of one chunk that are told: a run of zeros may lie in thousands. */
const PLACES = 4;
/** Of the tables; others are begun anew. */
const VERSION = 2;

/** What files held, one row an inode, and where each chunk lies; in a file of its own: it may be lost at any time, so no commit waits for the disk. */
export function openHashCache(dataDir: string, log: Log): HashCache & { close(): void } {
  const database = openCache(join(dataDir, "index.db"));
  const read = database.prepare("SELECT identity, chunks, hashed, used FROM files WHERE inode = ?");
  const age = database.prepare("SELECT identity, hashed, used FROM files WHERE inode = ?");
  const touch = database.prepare("UPDATE files SET used = ? WHERE inode = ?");
  const add = database.prepare(
    "INSERT INTO files (inode, identity, root, path, chunks, hashed, used) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (inode) DO NOTHING",
  );
  const held = database.prepare("SELECT id, identity, chunks FROM files WHERE inode = ?");
  const change = database.prepare("UPDATE files SET identity = ?, root = ?, path = ?, chunks = ?, hashed = ?, used = ? WHERE id = ?");
  const renew = database.prepare("UPDATE files SET identity = ? WHERE inode = ? AND identity = ?");
  const drop = database.prepare("DELETE FROM files WHERE id = ?");
  const addChunk = database.prepare("INSERT OR IGNORE INTO chunks (key, file, at) VALUES (?, ?, ?)");
  const dropChunk = database.prepare("DELETE FROM chunks WHERE key = ? AND file = ?");
  const places = database.prepare(`SELECT file, at FROM chunks WHERE key = ? LIMIT ${PLACES}`);
  const file = database.prepare("SELECT root, path, identity FROM files WHERE id = ?");

  /** What cannot be written down, as on a full disk, is hashed again another time. */
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
    const packed = pack(chunks);
    const added = add.run(inode, identity, root, path, packed, now, now);
    if (added.changes === 1) {
      addChunks(Number(added.lastInsertRowid), chunks);
      return;
    }
    const before = held.get(inode) as { id: number; chunks: Uint8Array };
    change.run(identity, root, path, packed, now, now, before.id);
    if (Buffer.compare(before.chunks, packed) === 0) return;
    dropChunks(before.id, before.chunks);
    addChunks(before.id, chunks);
  }

  function dropChunks(id: number, packed: Uint8Array): void {
    for (const { digest } of unpack(packed)) dropChunk.run(chunkKey(digest), id);
  }

  function addChunks(id: number, chunks: readonly Chunk[]): void {
    let at = 0;
    for (const { digest, size } of chunks) {
      addChunk.run(chunkKey(digest), id, at);
      at += size;
    }
  }

  return {
    get(identity) {
      const inode = inodeOf(identity);
      const row = read.get(inode) as { identity: string; chunks: Uint8Array; hashed: number; used: number } | undefined;
      if (row?.identity !== identity) return undefined;
      isUsed(inode, row.used);
      return { chunks: unpack(row.chunks), hashedAt: row.hashed };
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
          const row = held.get(inodeOf(identity)) as { id: number; identity: string; chunks: Uint8Array } | undefined;
          if (row?.identity !== identity) continue;
          dropChunks(row.id, row.chunks);
          drop.run(row.id);
        }
      }),
    renew: (changes) =>
      commit(() => {
        for (const [before, after] of changes) renew.run(after, inodeOf(before), before);
      }),
    places: (digest) => places.all(chunkKey(digest)) as unknown as ChunkPlace[],
    file: (id) => file.get(id) as { root: string; path: string; identity: string } | undefined,
    close: () => database.close(),
  };
}

/** A cache that cannot be read is begun anew. */
function openCache(path: string): DatabaseSync {
  try {
    return openTables(path);
  } catch {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    return openTables(path);
  }
}

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

function pack(chunks: readonly Chunk[]): Uint8Array {
  const bytes = new Uint8Array(chunks.length * RECORD);
  const view = new DataView(bytes.buffer);
  chunks.forEach(({ digest, size }, i) => {
    bytes.set(Uint8Array.fromHex(digest), i * RECORD);
    view.setUint32(i * RECORD + 32, size);
  });
  return bytes;
}

function unpack(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / RECORD }, (_, i) => ({
    digest: bytes.subarray(i * RECORD, i * RECORD + 32).toHex(),
    size: view.getUint32(i * RECORD + 32),
  }));
}
