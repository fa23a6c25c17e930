import type { BigIntStats } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { HashedFile } from "../hash-file.ts";
import { transaction } from "@sitewright/node-kit/database";

/** The chunks of every file of the sources, as it was when last hashed. */
export interface FilesTable {
  /** The chunks of a file that did not change since it was hashed. */
  file(source: string, stats: BigIntStats): HashedFile | undefined;
  /** What was last hashed at this place, whatever is there now. */
  lastHashed(source: string): RememberedFile | undefined;
  saveFiles(files: readonly FileRecord[]): void;
  /** Number of known files below a folder. */
  countFiles(folder: string): number;
  /** Removes files below `folder` that no longer exist. */
  forgetFiles(folder: string, isThere: (source: string) => boolean): void;
}

export interface RememberedFile extends HashedFile {
  size: bigint;
  /** In the form of `asSigned`. */
  mtimeNs: bigint;
  inode: bigint;
}

export interface FileRecord {
  source: string;
  stats: BigIntStats;
  hashed: HashedFile;
  /** False when the file may change once more without a visible change of its metadata: it is hashed again next time. */
  settled: boolean;
}

type ChunkColumns = [digests: Uint8Array, sizes: Uint8Array, packed: bigint, compressible: bigint];
type FactColumns = [size: bigint, mtimeNs: bigint, inode: bigint];

const COLUMNS = "digests, sizes, packed, compressible";
const PAGE = 1000;

export function filesTable(database: DatabaseSync): FilesTable {
  // Rows as arrays of bigints cost half of rows as objects.
  const prepare = (sql: string) => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    return statement;
  };
  const selectSame = prepare(
    `SELECT ${COLUMNS} FROM files WHERE source = ? AND settled = 1 AND size = ? AND mtime_ns = ? AND ctime_ns = ? AND inode = ?`,
  );
  const selectLast = prepare(`SELECT ${COLUMNS}, size, mtime_ns, inode FROM files WHERE source = ?`);
  const insert = database.prepare("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  // "0" follows "/" in SQLite's text order.
  const count = database.prepare("SELECT count(*) AS files FROM files WHERE source >= ? AND source < ?");
  const page = database.prepare("SELECT source FROM files WHERE source > ? AND source < ? ORDER BY source LIMIT ?");
  const remove = database.prepare("DELETE FROM files WHERE source = ?");

  return {
    file(source, { size, mtimeNs, ctimeNs, ino }) {
      const found = selectSame.get(source, size, asSigned(mtimeNs), asSigned(ctimeNs), asSigned(ino)) as ChunkColumns | undefined;
      return found && hashedFrom(found);
    },
    lastHashed(source) {
      const found = selectLast.get(source) as [...ChunkColumns, ...FactColumns] | undefined;
      if (!found) return undefined;
      const [digests, sizes, packed, compressible, size, mtimeNs, inode] = found;
      return { ...hashedFrom([digests, sizes, packed, compressible]), size, mtimeNs, inode: BigInt.asUintN(64, inode) };
    },
    saveFiles(files) {
      transaction(database, () => {
        for (const { source, stats, hashed, settled } of files) {
          const { digests, sizes, packedBytes, compressible } = hashed;
          const sizeBytes = new Uint8Array(sizes.buffer, sizes.byteOffset, sizes.byteLength);
          const { size, mtimeNs, ctimeNs, ino } = stats;
          const flags = [settled ? 1 : 0, compressible ? 1 : 0] as const;
          insert.run(
            source,
            size,
            asSigned(mtimeNs),
            asSigned(ctimeNs),
            asSigned(ino),
            flags[0],
            digests,
            sizeBytes,
            packedBytes,
            flags[1],
          );
        }
      });
    },
    countFiles: (folder) => Number(count.get(`${folder}/`, `${folder}0`)?.files),
    forgetFiles(folder, isThere) {
      for (let last = `${folder}/`; ;) {
        const known = page.all(last, `${folder}0`, PAGE).map((row) => String(row.source));
        last = known.at(-1) ?? "";
        if (last === "") return;
        const gone = known.filter((source) => !isThere(source));
        if (gone.length > 0) transaction(database, () => gone.forEach((source) => remove.run(source)));
      }
    },
  };
}

/**
 * SQLite's integers are signed 64-bit; inode numbers of some file systems use the highest bit, and times before 1678 or after 2262 more
 * bits.
 */
export function asSigned(number: bigint): bigint {
  return BigInt.asIntN(64, number);
}

function hashedFrom([digests, sizes, packed, compressible]: ChunkColumns): HashedFile {
  // Copied, because a blob may be unaligned for 32-bit numbers.
  return { digests, sizes: new Uint32Array(sizes.slice().buffer), packedBytes: Number(packed), compressible: compressible === 1n };
}
