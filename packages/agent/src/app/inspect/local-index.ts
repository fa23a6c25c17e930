import type { OwnedPath } from "@sitewright/protocol";
import type { FoundEntry } from "../../domain/tree/compare-tree.ts";
import { doubtful, isSettled } from "../../domain/tree/file-identity.ts";
import { placeIn, type UnitState } from "../../domain/unit-state.ts";
import type { OrderContext } from "../ports/content.ts";
import type { CachedEntry } from "../ports/disk.ts";
import { batches, inParallel, yieldToEventLoop } from "../unit/in-parallel.ts";
import type { RootDisk } from "../unit/root-disk.ts";
import { walkParts } from "./walk-owned.ts";

/** One batch of files for a worker. */
export const BATCH = { items: 128, bytes: 16 * 1024 * 1024 };
export const AT_ONCE = 4;
/** Files looked up in the cache per yield: some ms. */
const LOOKED_AT_ONCE = 500;

export interface LocalIndex {
  /** Whether anything is at the owned paths. */
  live: boolean;
  /** Time of the oldest hash used, ms since 1970. */
  oldest: number;
}

/** Called with the bytes indexed since the last call. */
export type TellLooked = (bytes: number) => void;

/** Reports the progress of indexing to the coordinator, so that a long one does not count as stalled. */
export function tellIndexing({ progress }: Pick<OrderContext, "progress">): TellLooked {
  let lookedBytes = 0;
  return (bytes) => {
    lookedBytes += bytes;
    progress({ step: "indexing", files: 0, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0, lookedBytes });
  };
}

/**
 * Ensures that the index covers what this disk holds of the unit: its live folders, the previous generation and left-overs of staging.
 * Hashes unknown files.
 */
export async function indexLocal(
  root: RootDisk,
  state: UnitState,
  owned: readonly OwnedPath[],
  looked: TellLooked = () => {},
): Promise<LocalIndex> {
  const index: LocalIndex = { live: false, oldest: Date.now() };
  const kept = [...state.leftovers, ...(state.previous ? [state.previous] : [])];
  for (const place of [{ folder: undefined, owned }, ...kept]) {
    // References kept from earlier generations are many, and nothing is built from them.
    const side = place.folder === undefined ? "live" : "previous";
    const except = state.retained.filter((file) => file.side === side).map((file) => file.path);
    for await (const part of walkParts(root, { ...place, except })) {
      if (place.folder === undefined) index.live ||= part.length > 0;
      const locate = (path: string) => (place.folder === undefined ? path : placeIn(place.folder, place.owned, path));
      index.oldest = Math.min(index.oldest, await indexFiles(root, part, { locate, looked }));
    }
  }
  return index;
}

interface IndexOptions {
  /** The place of a path of the entries, relative to the root; by default the path itself. */
  locate?: (path: string) => string;
  /** Batches in progress at once. */
  atOnce?: number;
  looked?: TellLooked;
}

/** Hashes those of the files that the cache does not know. Returns the time of the oldest hash of the others, ms since 1970. */
export async function indexFiles(root: RootDisk, entries: readonly FoundEntry[], options: IndexOptions = {}): Promise<number> {
  const { locate = (path) => path, atOnce = AT_ONCE, looked = () => {} } = options;
  const { cache } = root.services;
  let oldest = Date.now();
  let lookedUp = 0;
  let known = 0;
  const unread: FoundEntry[] = [];
  for (const entry of entries) {
    if (entry.kind !== "file") continue;
    if (++lookedUp % LOOKED_AT_ONCE === 0) await yieldToEventLoop();
    const hashedAt = cache.hashedAt(entry.identity);
    if (hashedAt === undefined) unread.push(entry);
    else {
      oldest = Math.min(oldest, hashedAt);
      known += entry.size;
    }
  }
  looked(known);
  await inParallel(
    batches(unread, BATCH, ({ size }) => size),
    atOnce,
    async (batch) => {
      const answers = await root.run("hash", { paths: batch.map(({ path }) => locate(path)) });
      const fresh = batch.flatMap(({ path }, i): CachedEntry[] => {
        const answer = answers[i];
        if (!answer) return [];
        const { identity, chunks } = answer;
        return [{ root: root.path, path, identity: isSettled(identity, Date.now()) ? identity : doubtful(identity), chunks }];
      });
      cache.put(fresh);
      looked(batch.reduce((sum, { size }) => sum + size, 0));
    },
  );
  return oldest;
}
