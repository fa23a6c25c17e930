import { join } from "node:path";
import {
  decodeManifestHead,
  decodePackedFile,
  recordAt,
  SitewrightError,
  type Digest,
  type PackedFile,
  type Unit,
} from "@sitewright/protocol";
import { readParts, readRange } from "../memory/manifest-file.ts";

/** A manifest by the ordinals of its chunks. Keeps some 20 bytes per file. */
export interface ServedManifest {
  unit: Unit;
  chunks: number;
  /** The file that holds a chunk. Undefined when the manifest is not on the disk any more. */
  file(ordinal: number): ServedFile | undefined;
}

export interface ServedFile extends PackedFile {
  /** Ordinal of its first chunk. */
  first: number;
}

/** The manifests that were read last. */
export interface ServedTables {
  /** Throws `CONTENT_UNAVAILABLE`. */
  of(manifest: Digest): ServedManifest;
}

/** Manifests that are kept for the next stream. */
const MOST_TABLES = 4;

export function createServedTables(dataDir: string): ServedTables {
  const tables = new Map<string, ServedManifest>();
  return {
    of(manifest) {
      const table = tables.get(manifest) ?? readServedManifest(dataDir, manifest);
      tables.delete(manifest);
      tables.set(manifest, table);
      for (const oldest of tables.keys()) if (tables.size > MOST_TABLES) tables.delete(oldest);
      return table;
    },
  };
}

/** Reads a manifest that was checked when received. Throws `CONTENT_UNAVAILABLE` when it is not there. */
function readServedManifest(dataDir: string, digest: Digest): ServedManifest {
  const path = join(dataDir, "manifests", digest);
  try {
    return index(path);
  } catch (cause) {
    throw new SitewrightError("CONTENT_UNAVAILABLE", "this neighbour does not have the manifest", { cause });
  }
}

function index(path: string): ServedManifest {
  const files: { first: number; from: number; to: number }[] = [];
  let chunks = 0;
  let unit: Unit | undefined;
  let start = 0;
  let rest = Buffer.alloc(0);
  for (const part of readParts(path)) {
    const bytes = rest.length === 0 ? Buffer.from(part) : Buffer.concat([rest, part]);
    let at = 0;
    for (let place = recordAt(bytes, at); place && place.to <= bytes.length; place = recordAt(bytes, at)) {
      const record = bytes.subarray(place.from, place.to);
      const file = unit ? decodePackedFile(record) : undefined;
      unit ??= decodeManifestHead(record).unit;
      if (file && file.sizes.length > 0) {
        files.push({ first: chunks, from: start + place.from, to: start + place.to });
        chunks += file.sizes.length;
      }
      at = place.to;
    }
    start += at;
    rest = bytes.subarray(at);
  }
  const columns = {
    first: Uint32Array.from(files, ({ first }) => first),
    from: Float64Array.from(files, ({ from }) => from),
    to: Float64Array.from(files, ({ to }) => to),
  };
  if (!unit) throw new Error("it has no head");
  let last: ServedFile | undefined;

  return {
    unit,
    chunks,
    file(ordinal) {
      if (last && ordinal >= last.first && ordinal < last.first + last.sizes.length) return last;
      const at = lastNotAbove(columns.first, ordinal);
      const file = read(path, columns.from[at] as number, columns.to[at] as number);
      last = file && { ...file, first: columns.first[at] as number };
      return last;
    },
  };
}

function read(path: string, from: number, to: number): PackedFile | undefined {
  try {
    return decodePackedFile(readRange(path, from, to));
  } catch {
    return undefined; // removed: no longer referenced
  }
}

function lastNotAbove(sorted: Uint32Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
