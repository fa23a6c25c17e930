import type { LedgerEntry } from "../../domain/ledger/entry.ts";
import { afterStarts, nextStart, startSigns, type KnownStarts } from "../../domain/recovery/start-counts.ts";
import type { Log } from "../log.ts";
import { oneAtATime } from "../one-at-a-time.ts";

/** The start counter in the folder of each site, read and written apart from the reading of the whole. */
export interface StartCounters {
  /** Undefined: the folder states none. Throws when it cannot be read. @param root Real folder of the site data. */
  read(root: string, code: string): Promise<number | undefined>;
  /** Atomically. False: the site has no folder of its own. Throws `IO_ERROR` where the folder cannot be written. */
  write(root: string, code: string, starts: number): Promise<boolean>;
}

/**
 * Raises a counter in the folder of each site once in each start of the coordinator, and records it in the ledger. A folder that states less
 * is an earlier state of itself: a restored copy, or the snapshot of a virtual machine.
 */
export interface StartWatch {
  /** Learns from an entry of the ledger. */
  take(entry: LedgerEntry): void;
  /** Reads what the folders state now. */
  read(root: string, codes: Iterable<string>): Promise<void>;
  /** What a site states, as it was last read. */
  stated(site: string): number | undefined;
  signs(site: string): string[];
  /** Reads, raises what this start has not counted yet, and records it. @param codes Sites that nothing speaks against. */
  count(root: string, codes: readonly string[]): Promise<void>;
}

/** @param record Records in the ledger what was counted, by site. */
export function createStartWatch(
  counters: StartCounters,
  record: (details: Record<string, string>) => Promise<LedgerEntry>,
  log: Log,
): StartWatch {
  const known = new Map<string, KnownStarts>();
  const stated = new Map<string, number | undefined>();
  /** Sites for which this start has done what it can. */
  const counted = new Set<string>();
  /** What was read is not older than what was written. */
  const inTurn = oneAtATime();

  function takeOf(site: string, entry: LedgerEntry): void {
    const after = afterStarts(known.get(site), entry, site);
    if (after) known.set(site, after);
  }

  function take(entry: LedgerEntry): void {
    for (const site of entry.kind === "sites-counted" ? Object.keys(entry.details) : [entry.about.site ?? ""]) takeOf(site, entry);
  }

  const readAll = async (root: string, codes: Iterable<string>): Promise<void> => {
    for (const code of codes) {
      try {
        stated.set(code, await counters.read(root, code));
      } catch {
        // What cannot be read says nothing about the folder; the reading of the whole reports it.
        stated.delete(code);
      }
    }
  };

  const signs = (site: string): string[] => (stated.has(site) ? startSigns(stated.get(site), known.get(site)) : []);

  /** First the site data, then the ledger: a coordinator that dies in between leaves a counter above the recorded one, which is no sign. */
  async function count(root: string, codes: readonly string[]): Promise<void> {
    const details: Record<string, string> = {};
    const failed = new Map<string, string>();
    for (const code of codes) {
      const next = nextStart(stated.get(code), known.get(code));
      try {
        if (!(await counters.write(root, code, next))) continue;
        details[code] = String(next);
        stated.set(code, next);
      } catch (error) {
        failed.set(code, String(error));
      }
      counted.add(code);
    }
    if (Object.keys(details).length > 0) take(await record(details));
    if (failed.size === 0) return;
    log.warn(
      { sites: [...failed.keys()].join(), error: failed.values().next().value },
      "the start counter of these sites cannot be written: an earlier copy of their folders is only noticed if their numbers are lower",
    );
  }

  return {
    take,
    read: (root, codes) => inTurn(() => readAll(root, codes)),
    stated: (site) => stated.get(site),
    signs,
    count: (root, codes) =>
      inTurn(async () => {
        const open = codes.filter((code) => !counted.has(code));
        await readAll(root, open);
        await count(
          root,
          open.filter((code) => stated.has(code) && signs(code).length === 0),
        );
      }),
  };
}
