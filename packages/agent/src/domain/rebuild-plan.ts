import {
  manifestChunks,
  type Chunk,
  type Digest,
  type FileEntry,
  type FolderEntry,
  type LinkEntry,
  type Manifest,
  type ManifestChunk,
} from "@sitewright/protocol";

/** A file on this disk whose content is known. The planner needs no more than this; callers carry more along. */
export interface KnownFile {
  /** Its place in terms of the manifest. */
  path: string;
  chunks: readonly Chunk[];
  mode: number;
  /** ms since 1970. */
  modified: number;
  /** Whether a hard link to it is allowed: it belongs to the same unit, and to the user that we create files as. */
  linkable: boolean;
}

export interface LocalState<File extends KnownFile> {
  files: readonly File[];
  /** What lies in the staging folder already, by path: all of it, or which of its chunks lie right at their place. */
  staged: ReadonlyMap<string, "complete" | readonly boolean[]>;
}

/** A chunk and where it belongs. */
export interface Place {
  file: FileEntry;
  /** Bytes from the start of the file. */
  offset: number;
}

export type AdoptStep<File> = { kind: "adopt"; file: FileEntry; from: File; link: boolean };
export type CopyStep<File> = { kind: "copy"; chunk: ManifestChunk; from: File; at: number };
/** One chunk that nothing here holds, asked for once and written to every place that needs it. */
export type FetchStep = { kind: "fetch"; chunk: ManifestChunk; places: Place[] };

/** How to build a unit from what is here. Groups in the order in which they are carried out. */
export interface RebuildPlan<File extends KnownFile> {
  folders: FolderEntry[];
  links: LinkEntry[];
  /** Complete in staging already. */
  kept: FileEntry[];
  /** Files that exist here as a whole. */
  adopt: AdoptStep<File>[];
  /** Files put together from pieces, with the number of pieces that are still to come (none for an empty file). */
  assemble: { file: FileEntry; pieces: number }[];
  copy: CopyStep<File>[];
  fetch: FetchStep[];
  /** Bytes that cross the link. */
  fetchBytes: number;
  /** Most bytes that the steps can add to the disk. */
  writeBytes: number;
}

/** Decides, without touching anything, how each entry of the manifest comes about. */
export function planRebuild<File extends KnownFile>(manifest: Manifest, local: LocalState<File>): RebuildPlan<File> {
  const plan: RebuildPlan<File> = {
    folders: [],
    links: [],
    kept: [],
    adopt: [],
    assemble: [],
    copy: [],
    fetch: [],
    fetchBytes: 0,
    writeBytes: 0,
  };
  const known = indexContent(local.files);
  const assembling = new Map<FileEntry, { file: FileEntry; pieces: number }>();
  for (const entry of manifest.entries) {
    if (entry.kind === "folder") plan.folders.push(entry);
    else if (entry.kind === "link") plan.links.push(entry);
    else placeFile(plan, entry, local, known, assembling);
  }
  const fetches = new Map<Digest, FetchStep>();
  const seen = new Map<FileEntry, number>();
  for (const chunk of manifestChunks(manifest)) {
    const parts = assembling.get(chunk.file);
    if (!parts) continue;
    const index = seen.get(chunk.file) ?? 0;
    seen.set(chunk.file, index + 1);
    const staged = local.staged.get(chunk.file.path);
    if (staged !== undefined && staged !== "complete" && staged[index]) continue;
    parts.pieces += 1;
    plan.writeBytes += chunk.size;
    const source = known.chunks.get(chunk.digest);
    if (source) plan.copy.push({ kind: "copy", chunk, from: source.from, at: source.at });
    else addFetch(plan, fetches, chunk);
  }
  return plan;
}

function placeFile<File extends KnownFile>(
  plan: RebuildPlan<File>,
  file: FileEntry,
  local: LocalState<File>,
  known: KnownContent<File>,
  assembling: Map<FileEntry, { file: FileEntry; pieces: number }>,
): void {
  const staged = local.staged.get(file.path);
  if (staged === "complete") {
    plan.kept.push(file);
    return;
  }
  const whole = staged === undefined ? wholeSource(file, known) : undefined;
  if (whole) {
    const link = whole.linkable && whole.path === file.path && whole.mode === file.mode && whole.modified === file.modified;
    plan.adopt.push({ kind: "adopt", file, from: whole, link });
    if (!link) plan.writeBytes += file.size;
    return;
  }
  const parts = { file, pieces: 0 };
  assembling.set(file, parts);
  plan.assemble.push(parts);
}

function addFetch(plan: RebuildPlan<KnownFile>, fetches: Map<Digest, FetchStep>, chunk: ManifestChunk): void {
  const place = { file: chunk.file, offset: chunk.offset };
  const known = fetches.get(chunk.digest);
  if (known) {
    known.places.push(place);
    return;
  }
  const step: FetchStep = { kind: "fetch", chunk, places: [place] };
  fetches.set(chunk.digest, step);
  plan.fetch.push(step);
  plan.fetchBytes += chunk.size;
}

interface KnownContent<File> {
  chunks: Map<Digest, { from: File; at: number }>;
  paths: Map<string, File[]>;
  /** Some files by the digest of their first chunk. */
  starts: Map<Digest, File[]>;
}

/** As many files with one first chunk are looked at; a thousand equal files must not cost a million comparisons. */
const STARTS = 8;

function indexContent<File extends KnownFile>(files: readonly File[]): KnownContent<File> {
  const known: KnownContent<File> = { chunks: new Map(), paths: new Map(), starts: new Map() };
  for (const from of files) {
    addTo(known.paths, from.path, from);
    let at = 0;
    for (const chunk of from.chunks) {
      if (at === 0) addTo(known.starts, chunk.digest, from, STARTS);
      if (!known.chunks.has(chunk.digest)) known.chunks.set(chunk.digest, { from, at });
      at += chunk.size;
    }
  }
  return known;
}

function addTo<File>(map: Map<string, File[]>, key: string, file: File, most = Infinity): void {
  const list = map.get(key);
  if (!list) map.set(key, [file]);
  else if (list.length < most) list.push(file);
}

/** A file here with the very content; the one at the same path first, since it may be linked. */
function wholeSource<File extends KnownFile>(file: FileEntry, known: KnownContent<File>): File | undefined {
  const first = file.chunks[0];
  if (!first) return undefined;
  const candidates = [...(known.paths.get(file.path) ?? []), ...(known.starts.get(first.digest) ?? [])];
  const equal = candidates.filter((candidate) => sameChunks(candidate.chunks, file.chunks));
  return equal.find((candidate) => candidate.path === file.path && candidate.linkable) ?? equal[0];
}

/** Whether two files have one content. */
export function sameChunks(a: readonly Chunk[], b: readonly Chunk[]): boolean {
  return a.length === b.length && a.every((chunk, i) => chunk.digest === b[i]?.digest);
}
