import { closeSync, fsyncSync, openSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { constants, zstdCompress, type ZstdOptions } from "node:zlib";
import { databaseFault, LARGEST_CHUNK, SitewrightError } from "@sitewright/protocol";
import { isDamaged, takeForm } from "@sitewright/node-kit/database";
import { hashBytes } from "@sitewright/node-kit/hash";
import { syncFolder } from "@sitewright/node-kit/atomic-file";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { diskError } from "../disk/disk-error.ts";
import { openDamageNote, type DamageNote } from "./damage-note.ts";
import { isPacked, readStored, unpackChunk, writeAll } from "./pack-bytes.ts";

/** Chunks by their digest, packed into a few large files. One process at a time: the lock lasts as long as it is open. */
export interface ChunkStore extends Disposable {
  /**
   * Stores a chunk unless it is there. Resolves when there is room for another one, and the bytes may be overwritten: packing runs beside
   * the reading. @returns Its digest. Throws what storing an earlier one met with.
   */
  put(bytes: Uint8Array): Promise<Uint8Array>;
  /** In doubt it is read. */
  has(digest: Uint8Array): boolean;
  /** Damage was seen before: what is there is read before it is used again, and stored again if it is damaged. */
  isDoubtful: boolean;
  /** All that is needed from now on was stored in doubt: what is still damaged is forgotten, and the doubt over. */
  trust(): void;
  /** Bytes that were added since the last commit. */
  waiting(): number;
  /** The bytes, which have this digest; undefined if they are missing or damaged. */
  read(digest: Uint8Array): Buffer | undefined;
  /** As it is stored, and how many bytes that is unpacked; not compared with its digest. Undefined: it is missing. */
  packed(digest: Uint8Array): { stored: Buffer; size: number } | undefined;
  /** Everything that was put is on the disk when it resolves. @returns Bytes that the packs grew by. */
  commit(): Promise<number>;
  /** Forgets what was put since the last commit. */
  rollback(): Promise<void>;
  /** Removes packs of which no chunk is used. */
  sweep(isUsed: (digest: Uint8Array) => boolean): void;
}

/** Of one pack, bytes. */
const LARGEST_PACK = 512 * 1024 * 1024;
const WRITE_AT_ONCE = 4 * 1024 * 1024;
/** Bytes that are being packed at once: enough for each processor, and few, since each chunk has memory of its own meanwhile. */
const PACK_AT_ONCE = 512 * 1024;
const FORM = 1;
/** As fast as the disk, and half the size for what sites hold. */
const QUICK = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const compress: (bytes: Buffer, options: ZstdOptions) => Promise<Buffer> = promisify(zstdCompress);

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS pack (id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS chunk (digest BLOB PRIMARY KEY, pack INTEGER NOT NULL, at INTEGER NOT NULL, stored INTEGER NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;`;

/** Throws `SITE_BACKUP_RUNS` while another process has it open, and `DATA_DAMAGED`. Damage that is met is noted for all who open it later. */
export function openChunkStore(folder: string): ChunkStore {
  makeFolder(join(folder, "packs"), 0o700);
  const database = openIndex(join(folder, "chunks.db"));
  const packOf = (id: number) => join(folder, "packs", `${id}.pack`);
  const find = database.prepare("SELECT pack, at, stored, size FROM chunk WHERE digest = ?");
  const insert = database.prepare("INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?, ?)");
  const size = database.prepare("INSERT INTO pack VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes");
  const damage = openDamageNote(folder);
  trim(database, folder, packOf, damage);
  const isDoubtful = damage.isThere();
  let current: { id: number; fd: number; bytes: number } | undefined;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let added = 0;
  /** By digest. */
  const packing = new Map<string, Promise<void>>();
  let packingBytes = 0;
  let last = Promise.resolve();
  let fault: unknown;
  let isOpen = true;
  const readers = new Map<number, number>();

  const flush = () => {
    if (!current || waitingBytes === 0) return;
    try {
      writeAll(current.fd, waiting, current.bytes - waitingBytes);
    } catch (error) {
      throw diskError(error, packOf(current.id), "");
    }
    [waiting, waitingBytes] = [[], 0];
  };
  const closePack = () => {
    if (!current) return;
    flush();
    fsyncSync(current.fd);
    closeSync(current.fd);
    size.run(current.id, current.bytes);
    current = undefined;
  };
  const target = (bytes: number) => {
    if (current && current.bytes + bytes > LARGEST_PACK) closePack();
    if (!database.isTransaction) database.exec("BEGIN IMMEDIATE");
    if (!current) {
      const id = Number(database.prepare("SELECT coalesce(max(id), 0) + 1 AS id FROM pack").get()?.["id"]);
      size.run(id, 0);
      current = { id, fd: openSync(packOf(id), "wx+", 0o600), bytes: 0 };
    }
    return current;
  };

  const append = (digest: Uint8Array, stored: Buffer, bytes: number) => {
    const pack = target(stored.length);
    insert.run(digest, pack.id, pack.bytes, stored.length, bytes);
    pack.bytes += stored.length;
    added += stored.length;
    waiting.push(stored);
    waitingBytes += stored.length;
    if (waitingBytes >= WRITE_AT_ONCE) flush();
  };
  const pack = async (digest: Uint8Array, bytes: Buffer, before: Promise<void>) => {
    try {
      const packed = isPacked(bytes) ? bytes : await compress(bytes, { ...QUICK, chunkSize: Math.max(1024, bytes.length) });
      // In the order in which they were put: what is read together lies together.
      await before;
      if (isOpen) append(digest, packed.length < bytes.length ? packed : bytes, bytes.length);
    } catch (error) {
      fault ??= error;
    } finally {
      packing.delete(keyOf(digest));
      packingBytes -= bytes.length;
    }
  };
  /** Everything that was put is written. */
  const settle = async () => {
    await Promise.all(packing.values());
    if (fault) throw fault;
  };

  const packed = (digest: Uint8Array): { stored: Buffer; size: number } | undefined => {
    flush();
    const row = find.get(digest) as { pack: number; at: number; stored: number; size: number } | undefined;
    if (!row) return undefined;
    const isPossible = row.size <= LARGEST_CHUNK && row.stored <= row.size;
    const stored = isPossible ? readStored(readers, packOf(row.pack), row) : undefined;
    if (!stored) damage.add(digest);
    return stored && { stored, size: row.size };
  };
  const read = (digest: Uint8Array): Buffer | undefined => {
    const found = packed(digest);
    const bytes = found && unpackChunk(digest, found);
    if (found && !bytes) damage.add(digest);
    return bytes;
  };
  const has = (digest: Uint8Array): boolean => (isDoubtful ? read(digest) : find.get(digest)) !== undefined;

  return {
    async put(bytes) {
      if (fault) throw fault;
      const digest = hashBytes(bytes);
      const key = keyOf(digest);
      if (packing.has(key) || has(digest)) return digest;
      packingBytes += bytes.length;
      last = pack(digest, Buffer.from(bytes), last);
      packing.set(key, last);
      // The oldest one.
      while (packingBytes > PACK_AT_ONCE) await packing.values().next().value;
      return digest;
    },
    waiting: () => added,
    has,
    isDoubtful,
    trust() {
      const all = () => (database.prepare("SELECT digest FROM chunk").all() as { digest: Uint8Array }[]).map(({ digest }) => digest);
      const remove = database.prepare("DELETE FROM chunk WHERE digest = ?");
      for (const digest of damage.chunks() ?? all()) if (!read(digest)) remove.run(digest);
      damage.clear();
    },
    read,
    packed,
    async commit() {
      await settle();
      const grown = added;
      closePack();
      await syncFolder(join(folder, "packs"));
      if (database.isTransaction) database.exec("COMMIT");
      added = 0;
      return grown;
    },
    async rollback() {
      await settle().catch(() => undefined);
      fault = undefined;
      if (current) closeSync(current.fd);
      [current, waiting, waitingBytes, added] = [undefined, [], 0, 0];
      if (database.isTransaction) database.exec("ROLLBACK");
      trim(database, folder, packOf, damage);
    },
    sweep(isUsed) {
      const used = new Set<number>();
      for (const row of database.prepare("SELECT digest, pack FROM chunk").iterate() as Iterable<{ digest: Uint8Array; pack: number }>)
        if (!used.has(row.pack) && isUsed(row.digest)) used.add(row.pack);
      const unused = (database.prepare("SELECT id FROM pack").all() as { id: number }[]).map(({ id }) => id).filter((id) => !used.has(id));
      database.exec("BEGIN IMMEDIATE");
      for (const id of unused) {
        database.prepare("DELETE FROM chunk WHERE pack = ?").run(id);
        database.prepare("DELETE FROM pack WHERE id = ?").run(id);
      }
      database.exec("COMMIT");
      trim(database, folder, packOf, damage);
    },
    [Symbol.dispose]() {
      isOpen = false;
      if (current) closeSync(current.fd);
      for (const fd of readers.values()) closeSync(fd);
      database.close();
    },
  };
}

function openIndex(path: string): DatabaseSync {
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
function trim(database: DatabaseSync, folder: string, packOf: (id: number) => string, damage: DamageNote): void {
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

function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest).toString("latin1");
}
