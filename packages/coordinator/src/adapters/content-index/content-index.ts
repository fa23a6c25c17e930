import { realpath } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { unitKey } from "@sitewright/protocol";
import type { ContentIndex } from "../../app/ports/content.ts";
import { openContentThreads } from "../content-threads/content-threads.ts";
import { prepareIndexDatabase } from "./tables/index-database.ts";
import { openIndexPool } from "./index-pool.ts";
import type { IndexOutcome } from "./index-context.ts";

/** Sources with at least this many files that are probably unchanged are checked by this many threads. */
const MANY_FILES = 2000;
const SHARES = 2;

type IndexAsk = Parameters<ContentIndex["index"]>;

export interface ContentIndexOptions {
  /** Folder of the site data. */
  siteData: string;
  /** Location of `index.db` and `manifests/`. */
  dataDir: string;
  /** Units that are indexed at once; by default one per core, 4 at most. */
  workers?: number;
  log?(message: string, facts: Record<string, unknown>): void;
}

/** Opens the index of the sources in place. */
export async function openContentIndex(options: ContentIndexOptions): Promise<ContentIndex & { close(): Promise<void> }> {
  const { siteData, dataDir, log } = options;
  // Only for manifests of earlier coordinators. If the folder is missing, its readers report that until it returns.
  const root = await realpath(siteData).catch(() => siteData);
  // Created here once, before the threads open it.
  prepareIndexDatabase(dataDir, (message, facts) => log?.(message, facts));
  const indexers = openIndexPool(options.workers ?? Math.min(4, availableParallelism()), { dataDir });
  // Separate threads, so that serving content does not wait behind the indexing of a large package.
  const content = openContentThreads(root, dataDir);

  /** By unit, since the start of this process. */
  const filesOf = new Map<string, number>();

  /** The result for an unchanged source; undefined for one that has to be read. */
  async function recall(...[source, { onProgress, signal, ...how }]: IndexAsk): Promise<IndexOutcome | undefined> {
    const parts = Array.from({ length: SHARES }, (_, number) => {
      const share = { number, of: SHARES };
      return indexers.run({ kind: "look", source, ...how, share }, onProgress, signal) as Promise<Uint32Array | undefined>;
    });
    const shares = (await Promise.all(parts)).filter((share) => share !== undefined);
    if (shares.length < SHARES) return undefined;
    return (await indexers.run({ kind: "recall", source, ...how, shares }, onProgress, signal)) as IndexOutcome | undefined;
  }

  async function index(...[source, options]: IndexAsk): Promise<IndexOutcome> {
    const { onProgress, signal, ...how } = options;
    const many = (filesOf.get(unitKey(source.unit)) ?? 0) >= MANY_FILES;
    const known = many && !how.rehash ? await recall(source, options) : undefined;
    return known ?? ((await indexers.run({ kind: "index", source, ...how }, onProgress, signal)) as IndexOutcome);
  }

  return {
    async index(source, options) {
      const outcome = await index(source, options);
      const { indexed, filesRead, bytesRead, moved } = outcome;
      // The same manifest may have been made from other files, which differ by inode.
      if (filesRead > 0 || moved) content.renew(indexed.manifest);
      filesOf.set(unitKey(source.unit), indexed.files);
      log?.("indexed a unit", {
        unit: unitKey(indexed.unit),
        files: indexed.files,
        bytes: indexed.sourceBytes,
        filesRead,
        bytesRead,
      });
      return indexed;
    },
    openManifest: (digest, bases, from) => content.openManifest(digest, bases, from),
    openChunks: (digest) => content.openChunks(digest),
    async close() {
      await Promise.all([indexers.close(), content.close()]);
    },
  };
}
