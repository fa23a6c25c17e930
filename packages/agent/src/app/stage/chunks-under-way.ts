import type { Digest } from "@sitewright/protocol";
import { chunkKey, createKnownChunks } from "../../domain/chunks/known-chunks.ts";
import type { LocalFile } from "./window-sources.ts";

/**
 * Which chunks are being fetched, for all units of the agent, so that none is fetched twice: a unit that finds one in transit continues
 * with everything else, and looks for it on the disk afterwards.
 */
export interface ChunksUnderWay {
  /** For one unit. To be disposed of: what did not arrive until then is free to be fetched by others. */
  join(): Fetcher;
}

export interface Fetcher extends Disposable {
  /** Begins with the next window; returns a function to call once everything it fetches is on the disk and can be found there. */
  begin(): () => void;
  /** The chunk is fetched for the current window. */
  add(digest: Digest): void;
  /** Where the chunk will be in the current window, in a file that stays incomplete and that the index does not know. */
  note(digest: Digest, place: FoundChunk): void;
  /** Such a place, once its window is over. */
  find(digest: Digest): FoundChunk | undefined;
  /** Whether this unit fetches the chunk, or did; with `others` also whether another one does. */
  has(digest: Digest, others: boolean): boolean;
  /**
   * Waits until the chunks that others fetch are there, or their fetch failed. Never waits for a unit that waits itself: the end of a
   * window depends only on the line and the disk.
   */
  others(signal: AbortSignal): Promise<void>;
}

export interface FoundChunk {
  from: LocalFile;
  /** Bytes from its start. */
  at: number;
}

/** Limit of places in incomplete files that are remembered per unit; files that wait for each other's chunks are few. */
const NOTED = 65_536;

interface Joined {
  known: ReturnType<typeof createKnownChunks>;
  /** One per window; removed when it is over. */
  windows: Map<number, PromiseWithResolvers<void>>;
  noted: Map<Digest, FoundChunk & { window: number }>;
}

export function createChunksUnderWay(): ChunksUnderWay {
  const all = new Set<Joined>();

  return {
    join() {
      const self: Joined = { known: createKnownChunks(), windows: new Map(), noted: new Map() };
      const awaited = new Set<Promise<void>>();
      let current = -1;
      all.add(self);

      function end(number: number): void {
        self.windows.get(number)?.resolve();
        self.windows.delete(number);
      }

      return {
        begin() {
          const number = ++current;
          self.windows.set(number, Promise.withResolvers());
          return () => end(number);
        },
        add: (digest) => self.known.set(chunkKey(digest), current),
        note(digest, place) {
          if (self.noted.size < NOTED) self.noted.set(digest, { ...place, window: current });
        },
        find(digest) {
          for (const one of all) {
            const noted = one.noted.get(digest);
            if (noted && !one.windows.has(noted.window)) return noted;
          }
          return undefined;
        },
        has(digest, others) {
          const key = chunkKey(digest);
          if (self.known.get(key) !== undefined) return true;
          if (!others) return false;
          for (const other of all) {
            const number = other === self ? undefined : other.known.get(key);
            const window = number === undefined ? undefined : other.windows.get(number);
            if (!window) continue;
            awaited.add(window.promise);
            return true;
          }
          return false;
        },
        async others(signal) {
          const there = Promise.all(awaited);
          awaited.clear();
          signal.throwIfAborted();
          const { promise: aborted, reject } = Promise.withResolvers<never>();
          const onAbort = () => reject(signal.reason as Error);
          signal.addEventListener("abort", onAbort, { once: true });
          try {
            await Promise.race([there, aborted]);
          } finally {
            signal.removeEventListener("abort", onAbort);
          }
        },
        [Symbol.dispose]() {
          all.delete(self);
          for (const number of self.windows.keys()) end(number);
        },
      };
    },
  };
}
