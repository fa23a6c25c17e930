import type { Digest, OwnedPath, Unit } from "../unit.ts";

/** What a unit must look like: every folder, file and link below its owned paths, in canonical order. */
export interface Manifest extends ManifestHead {
  entries: ManifestEntry[];
}

/** The head: what precedes the entries. */
export interface ManifestHead {
  unit: Unit;
  /** In the order of exchange. */
  owned: OwnedPath[];
}

export type ManifestEntry = FolderEntry | FileEntry | LinkEntry;

export interface FolderEntry {
  kind: "folder";
  path: string;
  /** Permission bits, `0o777` at most. */
  mode: number;
}

export interface FileEntry {
  kind: "file";
  path: string;
  mode: number;
  /** Bytes. */
  size: number;
  /** ms since 1970. */
  modified: number;
  /** In the order of the file; their sizes add up to `size`. An empty file has none. */
  chunks: Chunk[];
}

export interface LinkEntry {
  kind: "link";
  path: string;
  /** Relative, and inside the owned path that holds the link. */
  target: string;
}

/** A range of bytes with one digest. */
export interface Chunk {
  digest: Digest;
  /** Bytes. */
  size: number;
}

/** Format of a manifest's bytes and the algorithms behind its digests. */
export const MANIFEST_FORMAT = { format: 1, hash: "blake3", chunking: "fastcdc-16k-64k" } as const;

export interface ManifestTotals {
  files: number;
  bytes: number;
  chunks: number;
}

export function manifestTotals(manifest: Manifest): ManifestTotals {
  const totals = { files: 0, bytes: 0, chunks: 0 };
  for (const entry of manifest.entries) {
    if (entry.kind !== "file") continue;
    totals.files += 1;
    totals.bytes += entry.size;
    totals.chunks += entry.chunks.length;
  }
  return totals;
}

export interface ManifestChunk extends Chunk {
  /** Place in the manifest: the number of the chunk, counted through all files in order. Content is requested by it. */
  ordinal: number;
  file: FileEntry;
  /** Bytes from the start of the file. */
  offset: number;
}

/**
 * Every chunk of every file with its ordinal.
 * @param first Ordinal of the first chunk, where `entries` do not begin at the start.
 */
export function* manifestChunks({ entries }: Pick<Manifest, "entries">, first = 0): Generator<ManifestChunk> {
  let ordinal = first;
  for (const file of entries) {
    if (file.kind !== "file") continue;
    let offset = 0;
    for (const chunk of file.chunks) {
      yield { digest: chunk.digest, size: chunk.size, ordinal, file, offset };
      ordinal += 1;
      offset += chunk.size;
    }
  }
}
