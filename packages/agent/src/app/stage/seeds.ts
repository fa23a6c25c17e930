import type { WalkCursor } from "../ports/disk.ts";
import { entriesOf } from "../inspect/found-columns.ts";
import { indexFiles } from "../inspect/local-index.ts";
import { openRootDisk, type DiskServices, type RootDisk } from "../unit/root-disk.ts";

/** Entries per request. */
const PART = 4096;

/** Folders anywhere on this system whose content serves as a source. They are only read. */
export interface Seeds {
  readonly paths: readonly string[];
  /** Resolves when the index covers what can be read of them; throws the signal's reason. */
  indexed(signal: AbortSignal): Promise<void>;
}

/** Begins to index the folders immediately, one batch at a time so that batches of orders come in between. */
export function indexSeeds(services: DiskServices, paths: readonly string[], signal: AbortSignal): Seeds {
  const work = (async () => {
    for (const path of paths) await indexSeed(openRootDisk(services, path, signal));
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

async function indexSeed(root: RootDisk): Promise<void> {
  const { path, signal } = root;
  const { log } = root.services;
  try {
    let cursor: WalkCursor | undefined;
    do {
      const part = await root.run("walk", { path: "", most: PART, ...(cursor ? { cursor } : {}) });
      const entries = entriesOf(part.found, "").map((entry) => ({ ...entry, path: entry.path.slice(1) }));
      await indexFiles(root, entries, { atOnce: 1 });
      cursor = part.next;
    } while (cursor);
    log("info", `the seed ${path} is indexed`);
  } catch (error) {
    if (!signal.aborted) log("warn", `the seed ${path} cannot be read to its end; what was read of it is used`, { err: error });
  }
}
