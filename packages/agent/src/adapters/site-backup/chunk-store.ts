import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { constants, zstdCompress, type ZstdOptions } from "node:zlib";
import { LARGEST_CHUNK, SitewrightError } from "@sitewright/protocol";
import { hashBytes } from "@sitewright/node-kit/hash";
import { syncFolder } from "@sitewright/node-kit/atomic-file";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { naming } from "../disk/disk-error.ts";
import { openIndex, trim } from "./chunk-index.ts";
import { openDamageNote } from "./damage-note.ts";
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
  /**
   * Removes packs of which no chunk is used. What is used of one that is mostly unused is moved to another pack: else one file that never changes
   * would keep all that was stored with it. On a full disk those stay as they are.
   */
  sweep(isUsed: (digest: Uint8Array) => boolean): Promise<void>;
}

/** Of one pack, bytes. */
const LARGEST_PACK = 512 * 1024 * 1024;
const WRITE_AT_ONCE = 4 * 1024 * 1024;
/** A pack of which less is used is written again. */
const LEAST_USED = 0.5;
/** Bytes that are moved before the packs that held them are removed: so much room it takes. */
const MOVE_AT_ONCE = 64 * 1024 * 1024;
/** Bytes that are being packed at once: enough for each processor, and few, since each chunk has memory of its own meanwhile. */
const PACK_AT_ONCE = 512 * 1024;
/** As fast as the disk, and half the size for what sites hold. */
const QUICK = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const compress: (bytes: Buffer, options: ZstdOptions) => Promise<Buffer> = promisify(zstdCompress);

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
    const { id, fd, bytes } = current;
    naming(packOf(id), "", () => writeAll(fd, waiting, bytes - waitingBytes));
    [waiting, waitingBytes] = [[], 0];
  };
  const closePack = () => {
    if (!current) return;
    flush();
    const { id, fd, bytes } = current;
    naming(packOf(id), "", () => fsyncSync(fd));
    current = undefined;
    closeSync(fd);
    size.run(id, bytes);
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
    const row = find.get(digest) as { pack: number; at: number; stored: number; size: number } | undefined;
    if (!row) return undefined;
    if (row.pack === current?.id) flush();
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

  const closeReaders = () => {
    for (const fd of readers.values()) closeSync(fd);
    readers.clear();
  };
  /** Numbers of packs that are removed are given again. */
  const tidy = () => {
    closeReaders();
    trim(database, folder, packOf, damage);
  };
  const rollback = () => {
    if (current) closeSync(current.fd);
    [current, waiting, waitingBytes, added] = [undefined, [], 0, 0];
    if (database.isTransaction) database.exec("ROLLBACK");
    tidy();
  };
  const forgetPack = (id: number) => {
    database.prepare("DELETE FROM chunk WHERE pack = ?").run(id);
    database.prepare("DELETE FROM pack WHERE id = ?").run(id);
  };
  /** @returns Whether all that is used of it is in other packs now; what is damaged stays where it is. */
  const movePack = async (id: number, isUsed: (digest: Uint8Array) => boolean): Promise<boolean> => {
    const rows = database.prepare("SELECT digest, at, stored, size FROM chunk WHERE pack = ? ORDER BY at").all(id);
    let all = true;
    for (const row of rows as { digest: Uint8Array; at: number; stored: number; size: number }[]) {
      if (!isUsed(row.digest)) continue;
      if (waitingBytes === 0) await nextTurn();
      const found = packed(row.digest);
      if (found && unpackChunk(row.digest, found)) append(row.digest, found.stored, row.size);
      else {
        all = false;
        damage.add(row.digest);
      }
    }
    return all;
  };
  /** @returns Bytes that the packs grew by. */
  const commitAdded = async (): Promise<number> => {
    const grown = added;
    closePack();
    await syncFolder(join(folder, "packs"));
    if (database.isTransaction) database.exec("COMMIT");
    added = 0;
    return grown;
  };
  const commitMoved = async () => {
    await commitAdded();
    tidy();
  };

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
      return commitAdded();
    },
    async rollback() {
      await settle().catch(() => undefined);
      fault = undefined;
      rollback();
    },
    async sweep(isUsed) {
      const used = new Map<number, number>();
      const rows = database.prepare("SELECT digest, pack, stored FROM chunk").iterate();
      for (const { digest, pack: id, stored } of rows as Iterable<{ digest: Uint8Array; pack: number; stored: number }>)
        if (isUsed(digest)) used.set(id, (used.get(id) ?? 0) + stored);
      const packs = database.prepare("SELECT id, bytes FROM pack ORDER BY id").all() as { id: number; bytes: number }[];
      database.exec("BEGIN IMMEDIATE");
      for (const { id } of packs) if (!used.has(id)) forgetPack(id);
      database.exec("COMMIT");
      tidy();
      try {
        for (const { id, bytes } of packs) {
          const kept = used.get(id);
          if (kept === undefined || kept >= bytes * LEAST_USED) continue;
          if (await movePack(id, isUsed)) forgetPack(id);
          if (added > MOVE_AT_ONCE) await commitMoved();
        }
        await commitMoved();
      } catch (error) {
        rollback();
        if (SitewrightError.from(error).code !== "DISK_FULL") throw error;
      }
    },
    [Symbol.dispose]() {
      isOpen = false;
      if (current) closeSync(current.fd);
      closeReaders();
      database.close();
    },
  };
}

function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest).toString("latin1");
}
