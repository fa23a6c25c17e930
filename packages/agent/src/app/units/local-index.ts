import type { Chunk, FileEntry, Manifest, OwnedPath } from "@sitewright/protocol";
import type { FoundEntry } from "../../domain/compare-tree.ts";
import { isSettled, type FileIdentity } from "../../domain/file-identity.ts";
import type { KnownFile } from "../../domain/rebuild-plan.ts";
import { placeIn, type UnitState } from "../../domain/unit-state.ts";
import type { CachedEntry } from "./disk-ports.ts";
import { batches, inParallel } from "./in-parallel.ts";
import { nextTurn } from "./next-turn.ts";
import type { Site } from "./unit-ports.ts";
import { walkParts } from "./walk-owned.ts";

/** A file below the role root whose content is known. */
export interface LocalFile extends KnownFile {
  /** Where it lies, relative to the role root. */
  location: string;
  identity: FileIdentity;
}

export interface LocalIndex {
  files: LocalFile[];
  /** When the oldest of it was looked at, ms since 1970. */
  oldest: number;
}

/** One batch of files for a worker. */
export const BATCH = { items: 128, bytes: 16 * 1024 * 1024 };
export const AT_ONCE = 4;
/** So many files are looked up in the cache before others have their turn: some ms. */
const LOOKED_AT_ONCE = 500;

interface Unread {
  path: string;
  location: string;
  found: FoundEntry;
  expected: readonly Chunk[] | undefined;
}

/**
 * What this disk holds of the unit: its live folders, what came out at the last activation, left-overs of staging, and files of
 * other units below the same root that begin as one of the manifest's does. Hashes what was never looked at.
 */
export async function indexLocal(site: Site, root: string, state: UnitState, manifest: Manifest, signal: AbortSignal): Promise<LocalIndex> {
  const index: LocalIndex = { files: [], oldest: Date.now() };
  const wanted = new Map(manifest.entries.filter((entry) => entry.kind === "file").map((entry) => [entry.path, entry]));
  const unread: Unread[] = [];
  let looked = 0;
  for (const place of placesOf(state, manifest)) {
    for (const [path, found] of await walkOwned(site, root, place.folder, place.owned, signal)) {
      if (found.kind !== "file") continue;
      if (++looked % LOOKED_AT_ONCE === 0) await nextTurn();
      const location = place.folder === undefined ? path : placeIn(place.folder, place.owned, path);
      const cached = site.cache.get(found.identity);
      if (cached) {
        index.oldest = Math.min(index.oldest, cached.hashedAt);
        index.files.push(localFile(path, location, found, found.identity, cached.chunks));
      } else {
        unread.push({ path, location, found, expected: wanted.get(path)?.chunks });
      }
    }
  }
  await readUnread(site, root, unread, index, signal);
  index.files.push(...(await fromOtherUnits(site, root, wanted.values(), index.files, signal)));
  return index;
}

/** Everything below the owned paths, live or in a folder of ours, by its path in terms of a manifest. */
export async function walkOwned(
  site: Site,
  root: string,
  folder: string | undefined,
  owned: readonly OwnedPath[],
  signal?: AbortSignal,
): Promise<Map<string, FoundEntry>> {
  const found = new Map<string, FoundEntry>();
  for await (const part of walkParts(site, root, folder, owned, signal)) for (const entry of part) found.set(entry.path, entry);
  return found;
}

function placesOf(state: UnitState, manifest: Manifest): { folder: string | undefined; owned: readonly OwnedPath[] }[] {
  const kept = [...state.leftovers, ...(state.previous ? [state.previous] : [])];
  return [{ folder: undefined, owned: manifest.owned }, ...kept];
}

async function readUnread(site: Site, root: string, unread: readonly Unread[], index: LocalIndex, signal: AbortSignal): Promise<void> {
  await inParallel(
    batches(unread, BATCH, ({ found }) => found.size),
    AT_ONCE,
    async (batch) => {
      const files = batch.map(({ location, expected }) => ({ path: location, ...(expected ? { expected } : {}) }));
      const answers = await site.disk.run(root, "hash", { files }, { signal });
      const fresh: CachedEntry[] = [];
      batch.forEach(({ path, location, found }, i) => {
        const answer = answers[i];
        if (!answer) return;
        index.files.push(localFile(path, location, found, answer.identity, answer.chunks));
        fresh.push({ root, path: location, identity: answer.identity, chunks: answer.chunks });
      });
      site.cache.put(fresh.filter(({ identity }) => isSettled(identity, Date.now())));
    },
  );
}

async function fromOtherUnits(
  site: Site,
  root: string,
  wanted: Iterable<FileEntry>,
  known: readonly LocalFile[],
  signal: AbortSignal,
): Promise<LocalFile[]> {
  const chunks = new Set(known.flatMap((file) => file.chunks.map((chunk) => chunk.digest)));
  const candidates = new Map<string, CachedEntry>();
  let looked = 0;
  for (const file of wanted) {
    if (++looked % LOOKED_AT_ONCE === 0) await nextTurn();
    const first = file.chunks[0];
    if (!first || chunks.has(first.digest)) continue;
    for (const entry of site.cache.startingWith(root, first.digest)) candidates.set(entry.path, entry);
  }
  const entries = [...candidates.values()];
  const identities = await site.disk.run(root, "identify", { paths: entries.map((entry) => entry.path) }, { signal });
  return entries
    .filter((entry, i) => identities[i] === entry.identity)
    .map(({ path, identity, chunks: content }) => ({
      path,
      location: path,
      identity,
      chunks: [...content],
      mode: 0,
      modified: 0,
      linkable: false,
    }));
}

function localFile(path: string, location: string, found: FoundEntry, identity: FileIdentity, chunks: Chunk[]): LocalFile {
  return { path, location, identity, chunks, mode: found.mode, modified: found.modified, linkable: found.ours };
}
