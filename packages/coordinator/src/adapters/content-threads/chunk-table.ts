import { decodePackedFile, type PackedFile } from "@sitewright/protocol";
import { lastNotAbove } from "../../domain/lines/bundles.ts";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import type { IndexDatabase, RememberedFile } from "../content-index/tables/index-database.ts";
import { unpackManifest } from "./unpacked-manifest.ts";

/** Where each chunk of one manifest lies: some 60 bytes per file and 4 per chunk. */
export interface ChunkTable {
  /** Real folder of the site data that it was made from; absent: the one that the coordinator was started with. */
  root?: string;
  /** By chunk ordinal, bytes. */
  lengths: Uint32Array;
  /** By file: its first chunk. */
  firstChunk: Uint32Array;
  /** By file, as it was when hashed; `known` is 0 where something else was hashed at its place since. */
  known: Uint8Array;
  size: Float64Array;
  mtimeNs: BigInt64Array;
  inode: BigUint64Array;
  compressible: Uint8Array;
  /** Below the site data. */
  folders: string[];
  folderOf: Uint32Array;
  /** UTF-8 of all names, concatenated, and where each ends. */
  names: Uint8Array;
  nameEnd: Uint32Array;
}

export function fileOf(table: ChunkTable, ordinal: number): number {
  return lastNotAbove(table.firstChunk, ordinal);
}

export function folderOf(table: ChunkTable, file: number): string {
  return table.folders[table.folderOf[file] ?? 0] ?? "";
}

export function nameOf(table: ChunkTable, file: number): string {
  return Buffer.from(table.names.buffer).toString("utf8", file === 0 ? 0 : table.nameEnd[file - 1], table.nameEnd[file]);
}

/** Bytes that a table keeps allocated. */
export function tableBytes(table: ChunkTable): number {
  const arrays = Object.values(table).filter((value) => ArrayBuffer.isView(value));
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) + table.folders.reduce((sum, { length }) => sum + length * 2 + 32, 0);
}

/** Files per yield. */
const AT_ONCE = 500;

/** Undefined when the manifest is not known here. */
export async function buildChunkTable(digest: string, dataDir: string, database: IndexDatabase): Promise<ChunkTable | undefined> {
  const sources = database.manifestSources(digest);
  if (!sources) return undefined;
  const { owned, root } = sources;
  const manifest = await unpackManifest(dataDir, digest);
  if (!manifest) return undefined;
  const builder = tableBuilder(owned, database);
  try {
    let count = 0;
    for (const record of manifest.records()) {
      builder.add(record);
      if (++count % AT_ONCE === 0) await new Promise(setImmediate);
    }
  } finally {
    manifest.close();
  }
  return { ...builder.done(), ...(root === undefined ? {} : { root }) };
}

function tableBuilder(owned: UnitSource["owned"], database: IndexDatabase) {
  const lengths = growingArray(Uint32Array);
  const firstChunk = growingArray(Uint32Array);
  const known = growingArray(Uint8Array);
  const size = growingArray(Float64Array);
  const mtimeNs = growingArray(BigInt64Array);
  const inode = growingArray(BigUint64Array);
  const compressible = growingArray(Uint8Array);
  const inFolder = growingArray(Uint32Array);
  const names = growingArray(Uint8Array);
  const nameEnd = growingArray(Uint32Array);
  const folders: string[] = [];
  const places = new Map<string, number>();
  let isHead = true;

  function placeOf(folder: string): number {
    const place = places.get(folder) ?? folders.push(folder) - 1;
    places.set(folder, place);
    return place;
  }

  return {
    add(record: Uint8Array): void {
      // The head is first.
      const file = isHead ? undefined : decodePackedFile(record);
      isHead = false;
      if (!file) return;
      const source = sourceOf(file.path, owned);
      const slash = source.lastIndexOf("/");
      const hashed = database.lastHashed(source);
      const same = hashed !== undefined && isSame(file, hashed);
      inFolder.push(placeOf(source.slice(0, Math.max(0, slash))));
      names.append(Buffer.from(source.slice(slash + 1)));
      nameEnd.push(names.length);
      known.push(same ? 1 : 0);
      size.push(file.size);
      mtimeNs.push(same ? hashed.mtimeNs : 0n);
      inode.push(same ? hashed.inode : 0n);
      compressible.push(same && hashed.compressible ? 1 : 0);
      firstChunk.push(lengths.length);
      for (const length of file.sizes) lengths.push(length);
    },
    done: (): ChunkTable => ({
      lengths: lengths.done(),
      firstChunk: firstChunk.done(),
      known: known.done(),
      size: size.done(),
      mtimeNs: mtimeNs.done(),
      inode: inode.done(),
      compressible: compressible.done(),
      folders,
      folderOf: inFolder.done(),
      names: names.done(),
      nameEnd: nameEnd.done(),
    }),
  };
}

function isSame(file: PackedFile, hashed: RememberedFile): boolean {
  return Number(hashed.size) === file.size && Buffer.compare(hashed.digests, file.digests) === 0;
}

function sourceOf(path: string, owned: UnitSource["owned"]): string {
  const top = owned.find((candidate) => path === candidate.path || path.startsWith(`${candidate.path}/`));
  return top ? top.source + path.slice(top.path.length) : path;
}

type Numbers = Uint8Array | Uint32Array | Float64Array | BigInt64Array | BigUint64Array;

/** A typed array of unknown final length. */
interface GrowingArray<T extends Numbers> {
  readonly length: number;
  push(value: T[number]): void;
  append(values: T): void;
  /** The values; none can be added afterwards. */
  done(): T;
}

export function growingArray<T extends Numbers>(kind: { new (buffer: ArrayBuffer): T; BYTES_PER_ELEMENT: number }): GrowingArray<T> {
  let array = new kind(new ArrayBuffer(1024 * kind.BYTES_PER_ELEMENT));
  let length = 0;

  /** The previous buffer is released immediately, not by garbage collection. */
  function resize(to: number): void {
    array = new kind((array.buffer as ArrayBuffer).transfer(to * kind.BYTES_PER_ELEMENT));
  }

  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === array.length) resize(length * 2);
      array[length++] = value;
    },
    append(values) {
      if (length + values.length > array.length) resize(Math.max(array.length * 2, length + values.length));
      array.set(values as never, length);
      length += values.length;
    },
    done() {
      resize(length);
      return array;
    },
  };
}
