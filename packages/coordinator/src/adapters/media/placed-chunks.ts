import { DatabaseSync } from "node:sqlite";
import type { PlacedChunks } from "../../domain/media/layout.ts";

/** Bytes of a digest that are kept: no two chunks of any medium share them. */
const KEY = 16;

/** Places of chunks in a nameless file of the system's temporary folder, which ends with the process; to be disposed of. */
export function openPlacedChunks(): PlacedChunks & Disposable {
  const database = new DatabaseSync("");
  database.exec(`
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
    CREATE TABLE chunks (digest BLOB PRIMARY KEY, pack INTEGER NOT NULL, start INTEGER NOT NULL) WITHOUT ROWID;
  `);
  const select = database.prepare("SELECT pack, start FROM chunks WHERE digest = ?");
  const insert = database.prepare("INSERT INTO chunks VALUES (?, ?, ?)");
  return {
    find(digest) {
      const row = select.get(digest.subarray(0, KEY));
      return row && { pack: Number(row.pack), offset: Number(row.start) };
    },
    add: (digest, { pack, offset }) => void insert.run(digest.subarray(0, KEY), pack, offset),
    [Symbol.dispose]: () => database.close(),
  };
}
