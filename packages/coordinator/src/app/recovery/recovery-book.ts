import { SitewrightError } from "@sitewright/protocol";
import type { LedgerKind } from "@sitewright/protocol/api";
import type { RecoveryStanding } from "../../domain/recovery/connection-check.ts";
import { openRecoveryOf, standingOf, type Recoveries, type Recovery } from "../../domain/recovery/recovery.ts";
import { afterRecoveryEntry, type Told } from "../../domain/recovery/recovery-entries.ts";
import type { LedgerEntry } from "../../domain/ledger/entry.ts";
import { MOST_TEXT, type Actor, type Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";

/** What the ledger says of recoveries: they are kept there and nowhere else. */
export interface RecoveryBook {
  /** Learns from an entry of the ledger: from each, before anything else. An entry that cannot be read is logged, and counts for nothing. */
  take(entry: LedgerEntry): void;
  /** Newest first. */
  list(): Recovery[];
  /** By its id; or by its site: the one that is open, or else the last one. Throws `NOT_FOUND`. */
  find(idOrSite: string): Recovery;
  /** Id of the recovery that is open for a site. */
  openOf(site: string): string | undefined;
  /** Id of a recovery that is open and so may order something, by its id or its site. Throws `NOT_FOUND`, `CONFLICT`. */
  ordering(idOrSite: string): string;
  /** When the last recovery of a site that is not open ended, ms since 1970; undefined: none did. */
  endOf(site: string): number | undefined;
  /** How the last recovery of a site stands; undefined: there was none. */
  standing(site: string): RecoveryStanding | undefined;
  /** Writes an entry, which holds from then on. Throws `BAD_REQUEST` for one that the ledger would cut off, and as the ledger does; then nothing changed. */
  keep(by: Actor, kind: LedgerKind, site: string, details: Told["details"]): Promise<void>;
}

export interface RecoveryBookDeps {
  ledger: Pick<Ledger, "record">;
  /** With the id of the recovery. */
  onChange: (recovery: string) => void;
  log: Log;
}

export function createRecoveryBook({ ledger, onChange, log }: RecoveryBookDeps): RecoveryBook {
  let known: Recoveries = new Map();
  /** Id by site: asked for every phase whenever phases are released. */
  let open: ReadonlyMap<string, string> = new Map();
  let ends: ReadonlyMap<string, number> = new Map();

  function learn(after: Recoveries): void {
    known = after;
    const opened = [...after.values()].filter(({ state }) => state === "open");
    open = new Map(opened.toReversed().map(({ site, id }) => [site, id]));
    const ended = [...after.values()].flatMap(({ site, end }) => (end ? [{ site, at: end.at }] : []));
    ends = new Map(ended.toSorted((a, b) => a.at - b.at).map(({ site, at }) => [site, at]));
  }

  function find(idOrSite: string): Recovery {
    const found = known.get(idOrSite) ?? openRecoveryOf(known, idOrSite) ?? [...known.values()].findLast(({ site }) => site === idOrSite);
    if (found) return found;
    throw new SitewrightError("NOT_FOUND", `there is no recovery ${idOrSite}, and none of a site of that code`);
  }

  return {
    take(entry) {
      try {
        const after = afterRecoveryEntry(known, entry);
        if (after !== known) learn(after);
      } catch (error) {
        const facts = { entry: `${entry.writer}/${entry.number}`, error: String(error) };
        log.error(facts, "an entry about a recovery cannot be read and counts for nothing: see 'sitewright ledger verify'");
      }
    },
    list: () => [...known.values()].toReversed(),
    find,
    ordering(idOrSite) {
      const { id, state } = find(idOrSite);
      if (state === "open") return id;
      throw new SitewrightError("CONFLICT", `the recovery ${id} is ${state}: it orders nothing any more`);
    },
    openOf: (site) => open.get(site),
    endOf: (site) => ends.get(site),
    standing: (site) => standingOf(known, site),
    async keep(by, kind, site, details) {
      refuseTooLong(details);
      const entry = await ledger.record(by, kind, { about: { site }, details });
      learn(afterRecoveryEntry(known, entry));
      onChange(details["recovery"] ?? details["id"] ?? "");
    },
  };
}

/** A list of tasks that was cut off could not be read again, and half of a piece of evidence is none. */
function refuseTooLong(details: Told["details"]): void {
  const lengths = Object.entries(details).map(([name, text]) => ({ name, length: text.length }));
  const total = lengths.reduce((sum, { length }) => sum + length, 0);
  if (total <= MOST_TEXT) return;
  const [longest] = lengths.toSorted((a, b) => b.length - a.length);
  const where = longest ? `; the longest part is ${longest.name} with ${longest.length}` : "";
  const message = `this would be ${total} characters in the ledger, and an entry of a recovery takes ${MOST_TEXT}${where}: write less, and name a file that has the rest`;
  throw new SitewrightError("BAD_REQUEST", message);
}
