import type { Digest } from "@sitewright/protocol";
import type { IndexDatabase } from "../content-index/index-database.ts";
import { buildChunkTable, tableBytes } from "./chunk-table.ts";
import type { Served } from "./frame-filler.ts";

/** What serves a manifest, for as long as somebody uses it and a while longer. */
export interface TableCache {
  /** Undefined when the manifest is not known here. One making however many ask; each must be given back. */
  take(digest: Digest): Promise<Served | undefined>;
  giveBack(served: Served): void;
  /** Whoever takes it from now on gets a new one: the same manifest may have been made from other files. */
  forget(digest: Digest): void;
}

interface Entry {
  making: Promise<Served | undefined>;
  users: number;
  bytes: number;
}

/** @param most Bytes of tables kept that nobody uses. */
export function tableCache(dataDir: string, database: IndexDatabase, most: number): TableCache {
  const entries = new Map<Digest, Entry>(); // The one used longest ago comes first.

  function make(digest: Digest): Entry {
    const entry: Entry = { making: Promise.resolve(undefined), users: 0, bytes: 0 };
    const drop = (): void => {
      if (entries.get(digest) === entry) entries.delete(digest);
    };
    entry.making = buildChunkTable(digest, dataDir, database).then(
      (table) => {
        if (!table) {
          drop();
          return undefined;
        }
        entry.bytes = tableBytes(table);
        return { digest, table, bundles: new Map<number, Uint32Array>() };
      },
      (error: unknown) => {
        drop();
        throw error;
      },
    );
    return entry;
  }

  function shrink(): void {
    let idle = 0;
    for (const { users, bytes } of entries.values()) if (users === 0) idle += bytes;
    for (const [digest, { users, bytes }] of entries) {
      if (idle <= most) break;
      if (users > 0) continue;
      entries.delete(digest);
      idle -= bytes;
    }
  }

  return {
    async take(digest) {
      const entry = entries.get(digest) ?? make(digest);
      entries.delete(digest);
      entries.set(digest, entry);
      const served = await entry.making;
      if (served) entry.users += 1;
      return served;
    },
    giveBack({ digest }) {
      const entry = entries.get(digest);
      if (!entry) return;
      entry.users = Math.max(0, entry.users - 1);
      shrink();
    },
    forget: (digest) => void entries.delete(digest),
  };
}
