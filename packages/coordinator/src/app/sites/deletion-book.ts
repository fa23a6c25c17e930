import type { LedgerKind } from "@sitewright/protocol/api";
import type { Principal } from "../../domain/principal.ts";
import { afterDeletionEntry, type Deletions } from "../../domain/deletion/deletion.ts";
import type { LedgerEntry } from "../../domain/ledger/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** What the ledger says of deleted sites and roles: they are kept there, outside the site data, and nowhere else. */
export interface DeletionBook {
  /** Learns from an entry of the ledger: from each, before the site data are read. */
  take(entry: LedgerEntry): void;
  /** Another object after each change. */
  all(): Deletions;
  /** Writes an entry, which holds from then on. Throws as the ledger does; then nothing changed. */
  keep(
    by: Principal,
    kind: Extract<LedgerKind, "deleted" | "deletion-undone">,
    told: Pick<LedgerEntry, "about" | "details">,
  ): Promise<void>;
}

export function createDeletionBook({ ledger }: { ledger: Pick<Ledger, "record"> }): DeletionBook {
  let known: Deletions = new Map();
  return {
    take(entry) {
      known = afterDeletionEntry(known, entry);
    },
    all: () => known,
    async keep(by, kind, told) {
      known = afterDeletionEntry(known, await ledger.record(by, kind, told));
    },
  };
}
