import { join } from "node:path";
import { decodePackedFile, recordAt, type Digest, type PackedFile } from "@sitewright/protocol";
import { readParts, readRange } from "../memory/manifest-file.ts";

/** A manifest by the ordinals of its chunks. Of each file it keeps some 20 bytes. */
export interface ServedManifest {
  chunks: number;
  /** The file that holds a chunk. Undefined when the manifest is not on the disk any more. */
  file(ordinal: number): ServedFile | undefined;
}

export interface ServedFile extends PackedFile {
  /** Ordinal of its first chunk. */
  first: number;
}

/** Reads one that was proved when it came. Throws when it is not there. */
export function readServedManifest(dataDir: string, digest: Digest): ServedManifest {
  const path = join(dataDir, "manifests", digest);
  const files: { first: number; from: number; to: number }[] = [];
  let chunks = 0;
  let headRead = false;
  let start = 0;
  let rest = Buffer.alloc(0);
  for (const part of readParts(path)) {
    const bytes = rest.length === 0 ? Buffer.from(part) : Buffer.concat([rest, part]);
    let at = 0;
    for (let place = recordAt(bytes, at); place && place.to <= bytes.length; place = recordAt(bytes, at)) {
      const file = headRead ? decodePackedFile(bytes.subarray(place.from, place.to)) : undefined;
      headRead = true;
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
  let last: ServedFile | undefined;

  return {
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
    return undefined; // removed: nobody speaks of it any more
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
