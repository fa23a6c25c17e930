import {
  manifestChunks,
  type Chunk,
  type Digest,
  type FileEntry,
  type FolderEntry,
  type LinkEntry,
  type ManifestChunk,
  type ManifestEntry,
} from "@sitewright/protocol";

/** A file on this disk, with the fields that the planner needs. */
export interface KnownFile {
  /** Its place in terms of the manifest. */
  path: string;
  /** ms since 1970. */
  modified: number;
  /** Whether a hard link to it is allowed: it belongs to the same unit, and has the rights that it is to have. */
  linkable: boolean;
}

/** What is known to be local of some entries of a manifest. */
export interface LocalState<File extends KnownFile> {
  /** What is in the staging folder already, by path: all of it, or which of its chunks are correct in place. */
  staged: ReadonlyMap<string, "complete" | readonly boolean[]>;
  /** A file with the same content; the one at the same path first, because it may be linked. */
  whole(file: FileEntry): File | undefined;
  /** Where a chunk is. */
  piece(digest: Digest): { from: File; at: number } | undefined;
  /** Whether a chunk is being fetched already, for other entries or another unit. */
  underWay(digest: Digest): boolean;
}

/** A chunk and where it belongs. */
export interface Place {
  file: FileEntry;
  /** Bytes from the start of the file. */
  offset: number;
}

/** `first` is the ordinal of the file's first chunk. */
export type AdoptStep<File> = { kind: "adopt"; file: FileEntry; first: number; from: File; link: boolean };
export type CopyStep<File> = { kind: "copy"; chunk: ManifestChunk; from: File; at: number };
/** One chunk that is not local, requested once and written to every place that needs it. */
export type FetchStep = { kind: "fetch"; chunk: ManifestChunk; places: Place[] };

/** A file assembled from pieces. */
export interface Assembly {
  file: FileEntry;
  /** Those that the steps of this plan provide; none for an empty file. */
  pieces: number;
  /** Whether they complete it. */
  complete: boolean;
}

/** How to build some entries of a unit from local content. Groups in the order in which they are carried out. */
export interface RebuildPlan<File extends KnownFile> {
  folders: FolderEntry[];
  links: LinkEntry[];
  /** Complete in staging already. */
  kept: FileEntry[];
  /** Files that exist locally as a whole. */
  adopt: AdoptStep<File>[];
  assemble: Assembly[];
  copy: CopyStep<File>[];
  fetch: FetchStep[];
  /** Chunks in transit already: to be planned again when they have arrived. */
  later: ManifestChunk[];
  /** Bytes that are correct in staging. */
  heldBytes: number;
  /** Bytes to fetch. */
  fetchBytes: number;
  /** Maximum of bytes that the steps can add to the disk. */
  writeBytes: number;
}

/**
 * Decides, without any I/O, how each entry is built.
 * @param window Consecutive entries of a manifest, with the ordinal of their first chunk.
 */
export function planRebuild<File extends KnownFile>(
  window: { entries: readonly ManifestEntry[]; first: number },
  local: LocalState<File>,
): RebuildPlan<File> {
  const plan: RebuildPlan<File> = {
    folders: [],
    links: [],
    kept: [],
    adopt: [],
    assemble: [],
    copy: [],
    fetch: [],
    later: [],
    heldBytes: 0,
    fetchBytes: 0,
    writeBytes: 0,
  };
  const planning: Planning<File> = { plan, fetches: new Map(), local };
  let ordinal = window.first;
  for (const entry of window.entries) {
    if (entry.kind === "folder") plan.folders.push(entry);
    else if (entry.kind === "link") plan.links.push(entry);
    else {
      placeFile(planning, entry, ordinal);
      ordinal += entry.chunks.length;
    }
  }
  return plan;
}

interface Planning<File extends KnownFile> {
  plan: RebuildPlan<File>;
  /** Of the plan, by chunk. */
  fetches: Map<Digest, FetchStep>;
  local: LocalState<File>;
}

function placeFile<File extends KnownFile>(planning: Planning<File>, file: FileEntry, first: number): void {
  const { plan, local } = planning;
  const staged = local.staged.get(file.path);
  if (staged === "complete") {
    plan.kept.push(file);
    plan.heldBytes += file.size;
    return;
  }
  const whole = staged === undefined && file.chunks.length > 0 ? local.whole(file) : undefined;
  if (whole) {
    const link = whole.linkable && whole.path === file.path && whole.modified === file.modified;
    plan.adopt.push({ kind: "adopt", file, first, from: whole, link });
    if (!link) plan.writeBytes += file.size;
    return;
  }
  const assembly: Assembly = { file, pieces: 0, complete: true };
  plan.assemble.push(assembly);
  let index = 0;
  for (const chunk of manifestChunks({ entries: [file] }, first)) {
    if (staged?.[index++]) plan.heldBytes += chunk.size;
    else placeChunk(planning, assembly, chunk);
  }
}

function placeChunk<File extends KnownFile>(planning: Planning<File>, assembly: Assembly, chunk: ManifestChunk): void {
  const { plan, fetches, local } = planning;
  plan.writeBytes += chunk.size;
  const known = fetches.get(chunk.digest);
  const source = known ? undefined : local.piece(chunk.digest);
  if (!known && !source && local.underWay(chunk.digest)) {
    plan.later.push(chunk);
    assembly.complete = false;
    return;
  }
  assembly.pieces += 1;
  if (source) plan.copy.push({ kind: "copy", chunk, from: source.from, at: source.at });
  else plan.fetchBytes += addFetch(plan.fetch, fetches, chunk);
}

/** Requests a chunk once, however many places need it. Returns the bytes that this adds to the transfer. */
export function addFetch(steps: FetchStep[], fetches: Map<Digest, FetchStep>, chunk: ManifestChunk): number {
  const place = { file: chunk.file, offset: chunk.offset };
  const known = fetches.get(chunk.digest);
  if (known) {
    known.places.push(place);
    return 0;
  }
  const step: FetchStep = { kind: "fetch", chunk, places: [place] };
  fetches.set(chunk.digest, step);
  steps.push(step);
  return chunk.size;
}

/** Whether two files have the same content. */
export function sameChunks(a: readonly Chunk[], b: readonly Chunk[]): boolean {
  return a.length === b.length && a.every((chunk, i) => chunk.digest === b[i]?.digest);
}
