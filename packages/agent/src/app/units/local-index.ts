import type { OwnedPath } from "@sitewright/protocol";
import type { FoundEntry } from "../../domain/tree/compare-tree.ts";
import { doubtful, isSettled } from "../../domain/tree/file-identity.ts";
import { placeIn, type UnitState } from "../../domain/unit-state.ts";
import type { CachedEntry } from "./disk-ports.ts";
import { batches, inParallel } from "./in-parallel.ts";
import { nextTurn } from "./next-turn.ts";
import type { Site } from "./unit-ports.ts";
import { walkParts } from "./walk-owned.ts";

/** One batch of files for a worker. */
export const BATCH = { items: 128, bytes: 16 * 1024 * 1024 };
export const AT_ONCE = 4;
/** So many files are looked up in the cache before others have their turn: some ms. */
const LOOKED_AT_ONCE = 500;

export interface LocalIndex {
  /** Whether anything lies at the owned paths. */
  live: boolean;
  /** When the oldest of it was looked at, ms since 1970. */
  oldest: number;
}

export interface IndexOptions {
  signal: AbortSignal;
  /** Told of files, and their bytes, as soon as the index knows them. */
  indexed?: (files: number, bytes: number) => void;
}

/**
 * Sees to it that the index knows what this disk holds of the unit: its live folders, what came out at the last activation and
 * left-overs of staging. Hashes what was never looked at.
 */
export async function indexLocal(
  site: Site,
  root: string,
  state: UnitState,
  owned: readonly OwnedPath[],
  options: IndexOptions,
): Promise<LocalIndex> {
  const index: LocalIndex = { live: false, oldest: Date.now() };
  const kept = [...state.leftovers, ...(state.previous ? [state.previous] : [])];
  for (const place of [{ folder: undefined, owned }, ...kept]) {
    // References kept from generations long gone are many, and nothing is built from them.
    const side = place.folder === undefined ? "live" : "previous";
    const except = state.retained.filter((file) => file.side === side).map((file) => file.path);
    for await (const part of walkParts(site, root, place.folder, place.owned, options.signal, except)) {
      if (place.folder === undefined) index.live ||= part.length > 0;
      const locate = (path: string) => (place.folder === undefined ? path : placeIn(place.folder, place.owned, path));
      index.oldest = Math.min(index.oldest, await indexFiles(site, root, part, { ...options, locate, atOnce: AT_ONCE }));
    }
  }
  return index;
}

/**
 * Hashes those of the files that the cache does not know. Returns when the oldest of the others was hashed, ms since 1970.
 * `locate`: where a path of the entries lies, relative to the root.
 */
export async function indexFiles(
  site: Site,
  root: string,
  entries: readonly FoundEntry[],
  { locate, atOnce, signal, indexed }: IndexOptions & { locate: (path: string) => string; atOnce: number },
): Promise<number> {
  let oldest = Date.now();
  const known = { files: 0, bytes: 0 };
  let looked = 0;
  const unread: FoundEntry[] = [];
  for (const entry of entries) {
    if (entry.kind !== "file") continue;
    if (++looked % LOOKED_AT_ONCE === 0) await nextTurn();
    const hashedAt = site.cache.hashedAt(entry.identity);
    if (hashedAt === undefined) {
      unread.push(entry);
      continue;
    }
    oldest = Math.min(oldest, hashedAt);
    known.files += 1;
    known.bytes += entry.size;
  }
  indexed?.(known.files, known.bytes);
  await inParallel(
    batches(unread, BATCH, ({ size }) => size),
    atOnce,
    async (batch) => {
      const answers = await site.disk.run(root, "hash", { paths: batch.map(({ path }) => locate(path)) }, { signal });
      const fresh = batch.flatMap(({ path }, i): CachedEntry[] => {
        const answer = answers[i];
        if (!answer) return [];
        const { identity, chunks } = answer;
        return [{ root, path, identity: isSettled(identity, Date.now()) ? identity : doubtful(identity), chunks }];
      });
      site.cache.put(fresh);
      indexed?.(
        batch.length,
        batch.reduce((sum, { size }) => sum + size, 0),
      );
    },
  );
  return oldest;
}
