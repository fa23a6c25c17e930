import { realpath } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { SitewrightError, unitKey } from "@sitewright/protocol";
import type { ContentIndex } from "../../app/ports.ts";
import { openChunkSource } from "./chunk-source.ts";
import { tableBytes, type ChunkTable } from "./chunk-table.ts";
import { openIndexDatabase } from "./index-database.ts";
import { openIndexPool } from "./index-pool.ts";
import type { IndexOutcome } from "./index-unit.ts";
import { readManifest } from "./manifest-store.ts";

export interface ContentIndexOptions {
  /** Folder of the site data. */
  siteData: string;
  /** Where `index.db` and `manifests/` lie. */
  dataDir: string;
  /** Units that are indexed at once; by default one a core, 4 at most. */
  workers?: number;
  log?(message: string, facts: Record<string, unknown>): void;
}

/** Bytes of chunk tables that are kept for the next who asks. */
const TABLE_CACHE = 64 * 1024 * 1024;

/** Opens the index of the sources in place. Throws `SITE_DATA_INVALID` when there is no such folder. */
export async function openContentIndex(options: ContentIndexOptions): Promise<ContentIndex & { close(): Promise<void> }> {
  const { siteData, dataDir } = options;
  const root = await realpath(siteData).catch((cause: unknown) => {
    throw new SitewrightError("SITE_DATA_INVALID", `the folder of the site data, ${siteData}, cannot be opened: does it exist?`, {
      path: siteData,
      cause,
    });
  });
  // Made here once, so that the threads only ever find it made.
  openIndexDatabase(dataDir).close();
  const indexers = openIndexPool(options.workers ?? Math.min(4, availableParallelism()), { root, dataDir });
  // A thread of its own: whoever serves content does not wait behind a large package that is being indexed.
  const tableMakers = openIndexPool(1, { root, dataDir });
  const tables = tableCache((digest) => tableMakers.run({ kind: "table", digest }, () => {}, undefined) as Promise<ChunkTable | undefined>);

  return {
    async index(source, { witness, rehash, onProgress, signal }) {
      const outcome = (await indexers.run({ kind: "index", source, witness, rehash }, onProgress, signal)) as IndexOutcome;
      const { indexed, filesRead, bytesRead } = outcome;
      // The same manifest may have been made from other files: an inode tells them apart, the manifest does not.
      tables.forget(indexed.manifest);
      options.log?.("indexed a unit", {
        unit: unitKey(indexed.unit),
        files: indexed.files,
        bytes: indexed.sourceBytes,
        filesRead,
        bytesRead,
      });
      return indexed;
    },
    packedManifest: (digest) => readManifest(dataDir, digest),
    async openChunks(digest) {
      const table = await tables.get(digest);
      return table && openChunkSource(root, table.table, table.files);
    },
    async close() {
      await Promise.all([indexers.close(), tableMakers.close()]);
    },
  };
}

interface CachedTable {
  table: ChunkTable;
  files: string[];
}

/** The tables used last, and one making of a table however many ask for it at once. */
function tableCache(make: (digest: string) => Promise<ChunkTable | undefined>) {
  const kept = new Map<string, CachedTable>();
  const inTheMaking = new Map<string, Promise<CachedTable | undefined>>();

  function keep(digest: string, cached: CachedTable): void {
    kept.delete(digest);
    kept.set(digest, cached);
    let bytes = [...kept.values()].reduce((sum, { table }) => sum + tableBytes(table), 0);
    for (const [oldest, { table }] of kept) {
      if (bytes <= TABLE_CACHE || oldest === digest) break;
      kept.delete(oldest);
      bytes -= tableBytes(table);
    }
  }

  function makeAndKeep(digest: string): Promise<CachedTable | undefined> {
    const making = make(digest)
      .then((table) => {
        const cached = table && { table, files: table.files.split("\n") };
        if (cached && inTheMaking.get(digest) === making) keep(digest, cached);
        return cached;
      })
      .finally(() => {
        if (inTheMaking.get(digest) === making) inTheMaking.delete(digest);
      });
    inTheMaking.set(digest, making);
    return making;
  }

  return {
    get(digest: string): Promise<CachedTable | undefined> {
      const cached = kept.get(digest);
      if (!cached) return inTheMaking.get(digest) ?? makeAndKeep(digest);
      keep(digest, cached);
      return Promise.resolve(cached);
    },
    forget(digest: string): void {
      kept.delete(digest);
      inTheMaking.delete(digest);
    },
  };
}
