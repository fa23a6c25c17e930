import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeManifest, type FileEntry } from "@sitewright/protocol";
import type { UnitSource } from "../../domain/hierarchy.ts";
import type { IndexDatabase, RememberedFile } from "./index-database.ts";
import { manifestFolder, unpackManifest } from "./manifest-store.ts";

/** Where each chunk of one manifest lies, packed so that it crosses threads without being copied. */
export interface ChunkTable {
  /** Places below the site data, one a line: no name holds a line break. */
  files: string;
  /** By file, as it was when it was hashed. `known` is 0 where something else was hashed at its place since. */
  known: Uint8Array;
  size: Float64Array;
  mtimeNs: BigInt64Array;
  inode: BigUint64Array;
  compressible: Uint8Array;
  /** By chunk ordinal. */
  fileOf: Uint32Array;
  offset: Float64Array;
  length: Uint32Array;
}

/** Bytes that a table holds on to. */
export function tableBytes(table: ChunkTable): number {
  return table.files.length * 2 + buffersOf(table).reduce((sum, buffer) => sum + buffer.byteLength, 0);
}

export function buffersOf(table: ChunkTable): ArrayBuffer[] {
  const { known, size, mtimeNs, inode, compressible, fileOf, offset, length } = table;
  return [known, size, mtimeNs, inode, compressible, fileOf, offset, length].map((array) => array.buffer as ArrayBuffer);
}

/** Undefined when the manifest is not known here. Blocks its thread: for workers only. */
export function buildChunkTable(digest: string, dataDir: string, database: IndexDatabase): ChunkTable | undefined {
  const owned = database.manifestSources(digest);
  if (!owned) return undefined;
  const manifest = decodeManifest(unpackManifest(readFileSync(join(manifestFolder(dataDir), digest))));
  const files = manifest.entries.filter((entry) => entry.kind === "file");
  const chunks = files.reduce((sum, file) => sum + file.chunks.length, 0);
  const table: ChunkTable = {
    files: files.map((file) => sourceOf(file.path, owned)).join("\n"),
    known: new Uint8Array(files.length),
    size: new Float64Array(files.length),
    mtimeNs: new BigInt64Array(files.length),
    inode: new BigUint64Array(files.length),
    compressible: new Uint8Array(files.length),
    fileOf: new Uint32Array(chunks),
    offset: new Float64Array(chunks),
    length: new Uint32Array(chunks),
  };
  let ordinal = 0;
  files.forEach((file, index) => {
    const hashed = database.lastHashed(sourceOf(file.path, owned));
    if (hashed && isSame(file, hashed)) {
      table.known[index] = 1;
      table.size[index] = file.size;
      table.mtimeNs[index] = hashed.mtimeNs;
      table.inode[index] = hashed.inode;
      table.compressible[index] = hashed.compressible ? 1 : 0;
    }
    let offset = 0;
    for (const chunk of file.chunks) {
      table.fileOf[ordinal] = index;
      table.offset[ordinal] = offset;
      table.length[ordinal] = chunk.size;
      offset += chunk.size;
      ordinal += 1;
    }
  });
  return table;
}

function isSame(file: FileEntry, hashed: RememberedFile): boolean {
  if (Number(hashed.size) !== file.size || hashed.sizes.length !== file.chunks.length) return false;
  return file.chunks.every((chunk, i) => chunk.digest === hashed.digests.subarray(i * 32, i * 32 + 32).toHex());
}

function sourceOf(path: string, owned: UnitSource["owned"]): string {
  const top = owned.find((candidate) => path === candidate.path || path.startsWith(`${candidate.path}/`));
  return top ? top.source + path.slice(top.path.length) : path;
}
