import type { Digest, FileEntry, OwnedPath } from "@sitewright/protocol";
import { sameContentTimes, sizeOf, type FileIdentity } from "../../domain/tree/file-identity.ts";
import { placeFinder } from "../../domain/tree/held-places.ts";
import { sameChunks, type KnownFile, type LocalState } from "../../domain/tree/rebuild-plan.ts";
import type { ChunkPlace, HashCache } from "../ports/disk.ts";
import { batches, yieldToEventLoop } from "../unit/in-parallel.ts";
import type { ManifestWindow, UnitServices } from "../ports/stores.ts";
import type { RootDisk } from "../unit/root-disk.ts";

/** A file that content may be taken from. */
export interface LocalFile extends KnownFile {
  /** Permissions. */
  mode: number;
  root: string;
  /** Its place, relative to the root. */
  location: string;
  identity: FileIdentity;
}

export type Sources = Pick<LocalState<LocalFile>, "whole" | "piece">;

/** Where content may be on this system. */
interface SourceServices extends Pick<UnitServices, "roots" | "presence" | "units"> {
  seeds: { readonly paths: readonly string[] };
}

export interface SourceQuestion {
  /** Of the unit. */
  root: RootDisk;
  services: SourceServices;
  /** Its owned paths; none where nothing of it is live. */
  live: readonly OwnedPath[];
  /** The only folder below the root to take anything from, where nothing else is trusted. */
  only?: string;
}

const LOOKED_AT_ONCE = { items: 1000, bytes: Infinity };

/** Some 20 ms. */
const CHUNKS_AT_ONCE = { items: 16_384, bytes: Infinity };

const NO_SOURCES: Sources = { whole: () => undefined, piece: () => undefined };

/**
 * Finds local content of the files of a window. The result is only a hint: the reader verifies.
 * @param staged What staging holds of them, by path: a file that is complete needs no source, one of which there is a part no whole one.
 */
export async function findSources(
  question: SourceQuestion,
  { entries }: Pick<ManifestWindow, "entries">,
  staged: ReadonlyMap<string, "complete" | boolean[]>,
): Promise<Sources> {
  const wanted = entries.filter((entry): entry is FileEntry => entry.kind === "file" && staged.get(entry.path) !== "complete");
  const missing = wanted.filter(({ path }) => !staged.has(path));
  const whole =
    question.live.length > 0 && question.only === undefined ? await liveFiles(question, missing) : new Map<FileEntry, LocalFile>();
  const places = await placesOf(
    question,
    wanted.filter((file) => !whole.has(file)),
  );
  if (whole.size === 0 && places.size === 0) return NO_SOURCES;
  const located = await locateFiles(question, places);
  const usable = (digest: Digest | undefined) =>
    (digest === undefined ? [] : (places.get(digest) ?? [])).filter(({ file }) => located.has(file));
  return {
    whole(file) {
      const live = whole.get(file);
      if (live) return live;
      for (const { file: id, at } of usable(file.chunks[0]?.digest)) {
        const from = located.get(id) as LocalFile;
        if (at === 0 && sizeOf(from.identity) === file.size && holds(question.root.services.cache, from, file)) return from;
      }
      return undefined;
    },
    piece(digest) {
      const [place] = usable(digest);
      return place && { from: located.get(place.file) as LocalFile, at: place.at };
    },
  };
}

/** A file of one chunk with its start and its length is that chunk. */
function holds(cache: HashCache, from: LocalFile, file: FileEntry): boolean {
  return file.chunks.length === 1 || sameChunks(cache.get(from.identity)?.chunks ?? [], file.chunks);
}

/** Files with the same content at the same path. */
async function liveFiles({ root, live }: SourceQuestion, wanted: readonly FileEntry[]): Promise<Map<FileEntry, LocalFile>> {
  const found = new Map<FileEntry, LocalFile>();
  /** Rights that differ from those the agent makes may be those that the file is to keep. */
  async function linkPlaced(files: readonly FileEntry[]): Promise<void> {
    if (files.length === 0) return;
    const entries = files.map(({ kind, path, mode }) => ({ kind, path, mode }));
    const right = await root.run("rights", { tops: live.map(({ path }) => path), entries });
    files.forEach((file, i) => right[i] && found.set(file, { ...(found.get(file) as LocalFile), linkable: true }));
  }
  for (const batch of batches(wanted, LOOKED_AT_ONCE, () => 0)) {
    const looks = await root.run("look", { paths: batch.map(({ path }) => path) });
    batch.forEach((file, i) => {
      const identity = looks.identities[i];
      if (identity === undefined || sizeOf(identity) !== file.size) return;
      if (!sameChunks(root.services.cache.get(identity)?.chunks ?? [], file.chunks)) return;
      const { path } = file;
      const mode = looks.modes[i] as number;
      const modified = looks.modified[i] as number;
      found.set(file, {
        path,
        root: root.path,
        location: path,
        identity,
        mode,
        modified,
        linkable: looks.ours[i] === true && mode === file.mode,
      });
    });
    await linkPlaced(batch.flatMap((file) => (found.get(file)?.linkable === false ? [file] : [])));
  }
  return found;
}

async function placesOf({ root: { services, signal } }: SourceQuestion, wanted: readonly FileEntry[]): Promise<Map<Digest, ChunkPlace[]>> {
  const places = new Map<Digest, ChunkPlace[]>();
  const digests = new Set<Digest>();
  for (const { chunks } of wanted) for (const { digest } of chunks) digests.add(digest);
  for (const batch of batches(digests, CHUNKS_AT_ONCE, () => 0)) {
    for (const [digest, known] of services.cache.places(batch)) places.set(digest, known);
    await yieldToEventLoop();
    signal.throwIfAborted();
  }
  return places;
}

interface Candidate {
  id: number;
  path: string;
  location: string;
  identity: FileIdentity;
}

/** Those of the files that still exist under one of their names, unchanged. */
async function locateFiles(question: SourceQuestion, places: ReadonlyMap<Digest, readonly ChunkPlace[]>): Promise<Map<number, LocalFile>> {
  const { services, signal } = question.root;
  const located = new Map<number, LocalFile>();
  for (const [root, candidates] of candidatesByRoot(question, places)) {
    for (const batch of batches(candidates, LOOKED_AT_ONCE, () => 0)) {
      const looks = await services.disk.run(root, "look", { paths: batch.map(({ location }) => location) }, { signal });
      batch.forEach(({ id, path, location, identity: known }, i) => {
        const identity = looks.identities[i];
        if (identity === undefined || !sameContentTimes(identity, known) || located.has(id)) return;
        located.set(id, { path, root, location, identity: known, mode: 0, modified: 0, linkable: false });
      });
    }
  }
  return located;
}

function candidatesByRoot(
  {
    root: {
      services: { cache },
      path: own,
    },
    services,
    only,
  }: SourceQuestion,
  places: ReadonlyMap<Digest, readonly ChunkPlace[]>,
): Map<string, Candidate[]> {
  const find = placeFinder(services.units.all());
  const readable = new Set(
    only === undefined
      ? [...services.roots.map((root) => root.path).filter((root) => !services.presence.isHeld(root)), ...services.seeds.paths]
      : [own],
  );
  const ids = new Set([...places.values()].flatMap((list) => list.map(({ file }) => file)));
  const candidates = new Map<string, Candidate[]>();
  for (const id of ids) {
    const file = cache.file(id);
    if (!file || !readable.has(file.root)) continue;
    const list = candidates.get(file.root) ?? [];
    candidates.set(file.root, list);
    for (const location of find(file.root, file.path)) {
      if (only === undefined || location.startsWith(`${only}/`)) list.push({ id, path: file.path, location, identity: file.identity });
    }
  }
  return candidates;
}
