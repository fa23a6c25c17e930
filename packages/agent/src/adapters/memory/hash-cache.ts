import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Chunk } from "@sitewright/protocol";
import type { HashCache } from "../../app/units/disk-ports.ts";
import type { Log } from "../../app/session/link-ports.ts";
import { inodeOf } from "../../domain/file-identity.ts";
import { transaction } from "./transaction.ts";

const DAY = 24 * 60 * 60 * 1000;
/** Entries that nobody asked for in this time are dropped, ms. */
const FORGET_AFTER = 90 * DAY;
/** Bytes of one chunk in the list: the digest and its size. */
const RECORD = 36;

/** What files held, one row an inode, in a file of its own: it may be lost at any time, so that no commit waits for the disk. */
export function openHashCache(dataDir: string, log: Log): HashCache & { close(): void } {
  const database = openCache(join(dataDir, "index.db"));
  const read = database.prepare("SELECT identity, chunks, hashed, used FROM files WHERE inode = ?");
  const touch = database.prepare("UPDATE files SET used = ? WHERE inode = ?");
  const write = database.prepare(
    "INSERT OR REPLACE INTO files (inode, identity, root, path, first, chunks, hashed, used) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const renew = database.prepare("UPDATE files SET identity = ? WHERE inode = ? AND identity = ?");
  const drop = database.prepare("DELETE FROM files WHERE inode = ? AND identity = ?");
  const alike = database.prepare("SELECT path, identity, chunks FROM files WHERE root = ? AND first = ? LIMIT 4");

  /** What cannot be written down, as on a full disk, is hashed again another time. */
  function commit(work: () => void): void {
    try {
      transaction(database, work);
    } catch (error) {
      log("debug", "the index of files cannot be written", { err: error });
    }
  }

  return {
    get(identity) {
      const inode = inodeOf(identity);
      const row = read.get(inode) as { identity: string; chunks: Uint8Array; hashed: number; used: number } | undefined;
      if (row?.identity !== identity) return undefined;
      if (Date.now() - row.used > DAY) commit(() => touch.run(Date.now(), inode));
      return { chunks: unpack(row.chunks), hashedAt: row.hashed };
    },
    put: (files) =>
      commit(() => {
        for (const { root, path, identity, chunks } of files) {
          write.run(inodeOf(identity), identity, root, path, chunks[0]?.digest ?? "", pack(chunks), Date.now(), Date.now());
        }
      }),
    forget: (identities) => commit(() => identities.forEach((identity) => drop.run(inodeOf(identity), identity))),
    renew: (changes) =>
      commit(() => {
        for (const [before, after] of changes) renew.run(after, inodeOf(before), before);
      }),
    startingWith: (root, first) =>
      (alike.all(root, first) as { path: string; identity: string; chunks: Uint8Array }[]).map((row) => ({
        root,
        path: row.path,
        identity: row.identity,
        chunks: unpack(row.chunks),
      })),
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
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS files (
        inode TEXT PRIMARY KEY, identity TEXT NOT NULL, root TEXT NOT NULL, path TEXT NOT NULL, first TEXT NOT NULL,
        chunks BLOB NOT NULL, hashed INTEGER NOT NULL, used INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS files_by_first ON files (root, first);
    `);
    database.prepare("DELETE FROM files WHERE used < ?").run(Date.now() - FORGET_AFTER);
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
