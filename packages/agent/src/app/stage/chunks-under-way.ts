import type { Digest } from "@sitewright/protocol";
import { chunkKey } from "../../domain/chunks/known-chunks.ts";
import { createKnownChunks } from "../../domain/chunks/known-chunks.ts";
import type { LocalFile } from "./window-sources.ts";

/**
 * Which chunks cross the line at this time, for all units of the agent, so that none crosses twice: who finds one on its way continues
 * with everything else, and looks for it on the disk afterwards.
 */
export interface ChunksUnderWay {
  /** For one unit. To be disposed of: what did not come until then is anybody's again. */
  join(): Fetcher;
}

export interface Fetcher extends Disposable {
  /** Begins with the next window; returns what to call once all that it fetches is on the disk and can be found there. */
  begin(): () => void;
  /** The chunk is fetched for the current window. */
  add(digest: Digest): void;
  /** Where the chunk will be in the current window, in a file that is not complete afterwards and that the index does not know. */
  note(digest: Digest, place: FoundChunk): void;
  /** Such a place, once its window is over. */
  find(digest: Digest): FoundChunk | undefined;
  /** Whether this unit fetches the chunk, or did; with `others` also whether another one does. */
  has(digest: Digest, others: boolean): boolean;
  /**
   * Waits until what was found to be on its way for others is there, or is not coming. Never waits for one that waits itself: the end
   * of a window depends on the line and the disk alone.
   */
  others(signal: AbortSignal): Promise<void>;
}

export interface FoundChunk {
  from: LocalFile;
  /** Bytes from its start. */
  at: number;
}

/** Places in incomplete files that are remembered for each unit; files that wait for each other's chunks are few. */
const NOTED = 65_536;

interface Joined {
  known: ReturnType<typeof createKnownChunks>;
  /** One of each window; removed when it is over. */
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
