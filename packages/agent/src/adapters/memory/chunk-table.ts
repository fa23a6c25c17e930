import type { DatabaseSync } from "node:sqlite";
import type { Chunk, Digest } from "@sitewright/protocol";
import type { ChunkPlace } from "../../app/units/disk-ports.ts";
import { chunkKey } from "../../domain/chunk-key.ts";
import { createKnownChunks } from "../../domain/known-chunks.ts";
import { unpackChunks } from "./chunk-list.ts";

/** Places of one chunk that are told: a run of zeros may lie in thousands. */
const PLACES = 4;
/** Chunks that wait in memory at most. Each merge touches about every page of the table, so that many at once cost little each. */
const WAITING = 65_536;
/** Files whose chunks are read again at once. */
const READ_AT_ONCE = 1000;

/**
 * Where chunks lie, by the start of their digests. Digests come in no order at all: written one by one, each would cost a page of the
 * table. So they wait in memory and go in sorted; those that were waiting when the process ended are read again from the lists of
 * their files.
 */
export interface ChunkTable {
  /** To be called in a transaction. */
  add(file: number, chunks: readonly Chunk[]): void;
  /** Quicker for many at once: the table has them in their order. */
  places(digests: readonly Digest[]): Map<Digest, ChunkPlace[]>;
}

export function openChunkTable(database: DatabaseSync): ChunkTable {
  const insert = database.prepare("INSERT OR IGNORE INTO chunks (key, file, at) VALUES (?, ?, ?)");
  const find = database.prepare(`SELECT file, at FROM chunks WHERE key = ? LIMIT ${PLACES}`);
  const setMerged = database.prepare("UPDATE merged SET file = ?");
  const keys = new Float64Array(WAITING);
  const files = new Uint32Array(WAITING);
  const places = new Float64Array(WAITING);
  /** One more than the place where the same key waits that came before; 0 for none. */
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
