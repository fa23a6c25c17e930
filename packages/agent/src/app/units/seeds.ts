import type { Log } from "../session/link-ports.ts";
import type { WalkCursor } from "./disk-ports.ts";
import { entriesOf } from "./found-columns.ts";
import { indexFiles } from "./local-index.ts";
import type { Site } from "./unit-ports.ts";

/** Entries looked at before the next ones are asked for. */
const PART = 4096;

/** Folders anywhere on this system whose content serves as a source. They are only read. */
export interface Seeds {
  readonly paths: readonly string[];
  /** Ends when the index knows what they hold, as far as it can be read; throws what the signal says. */
  indexed(signal: AbortSignal): Promise<void>;
}

/** Begins to index the folders at once, one batch at a time so that orders find room for theirs. */
export function indexSeeds(site: Omit<Site, "seeds">, paths: readonly string[], signal: AbortSignal): Seeds {
  const work = (async () => {
    for (const path of paths) await indexSeed(site as Site, path, signal, site.log);
  })();
  return {
    paths,
    indexed: (waiting) =>
      new Promise((resolve, reject) => {
        const onAbort = () => reject(waiting.reason as Error);
        waiting.addEventListener("abort", onAbort, { once: true });
        if (waiting.aborted) onAbort();
        void work.then(() => {
          waiting.removeEventListener("abort", onAbort);
          resolve();
        });
      }),
  };
}

async function indexSeed(site: Site, path: string, signal: AbortSignal, log: Log): Promise<void> {
  try {
    let cursor: WalkCursor | undefined;
    do {
      const part = await site.disk.run(path, "walk", { path: "", most: PART, ...(cursor ? { cursor } : {}) }, { signal });
      const entries = entriesOf(part.found, "").map((entry) => ({ ...entry, path: entry.path.slice(1) }));
      await indexFiles(site, path, entries, { locate: (file) => file, atOnce: 1, signal });
      cursor = part.next;
    } while (cursor);
    log("info", `the seed ${path} is indexed`);
  } catch (error) {
    if (!signal.aborted) log("warn", `the seed ${path} cannot be read to its end; what was read of it serves`, { err: error });
  }
}
