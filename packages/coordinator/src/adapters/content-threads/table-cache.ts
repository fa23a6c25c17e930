import type { Digest } from "@sitewright/protocol";
import type { IndexDatabase } from "../content-index/tables/index-database.ts";
import { buildChunkTable, tableBytes } from "./chunk-table.ts";
import type { Served } from "./frame-filler.ts";
import { oneAtATime } from "../../app/one-at-a-time.ts";

/** The table of a manifest, kept while it is used and some time longer. */
export interface TableCache {
  /** Undefined when the manifest is not known here. Made once for concurrent callers; each caller must release it. */
  take(digest: Digest): Promise<Served | undefined>;
  giveBack(served: Served): void;
  /** Later callers get a new one. */
  forget(digest: Digest): void;
  /** Makes it in advance, while there is room for it. */
  prepare(digest: Digest): void;
}

interface Entry {
  making: Promise<Served | undefined>;
  /** Once it is made. */
  served: Served | undefined;
  users: number;
  bytes: number;
}

/** @param most Bytes of unused tables to keep. */
export function tableCache(dataDir: string, database: IndexDatabase, most: number): TableCache {
  const entries = new Map<Digest, Entry>(); // least recently used first

  const inTurn = oneAtATime();

  function make(digest: Digest): Entry {
    const entry: Entry = { making: Promise.resolve(undefined), served: undefined, users: 0, bytes: 0 };
    const drop = (): void => {
      if (entries.get(digest) === entry) entries.delete(digest);
    };
    entry.making = inTurn(() => buildChunkTable(digest, dataDir, database)).then(
      (table) => {
        if (!table) {
          drop();
          return undefined;
        }
        entry.bytes = tableBytes(table);
        entry.served = { digest, table, bundles: new Map() };
        return entry.served;
      },
      (error: unknown) => {
        drop();
        throw error;
      },
    );
    return entry;
  }

  function idleBytes(): number {
    let idle = 0;
    for (const { users, bytes } of entries.values()) if (users === 0) idle += bytes;
    return idle;
  }

  function shrink(): void {
    let idle = idleBytes();
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
      // Now it is the most recently used.
      entries.delete(digest);
      entries.set(digest, entry);
      const served = await entry.making;
      if (served) entry.users += 1;
      return served;
    },
    giveBack(served) {
      const entry = entries.get(served.digest);
      // A removed table ends with its last user.
      if (entry?.served !== served) return;
      entry.users -= 1;
      shrink();
    },
    forget: (digest) => void entries.delete(digest),
    prepare(digest) {
      if (entries.has(digest) || idleBytes() >= most) return;
      const entry = make(digest);
      entries.set(digest, entry);
      // The caller gets the error.
      entry.making.then(shrink, () => undefined);
    },
  };
}
