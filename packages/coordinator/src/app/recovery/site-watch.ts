import type { LedgerKind } from "@sitewright/protocol/api";
import type { LedgerEntry } from "../../domain/ledger/entry.ts";
import {
  afterEntry,
  isNews,
  NO_NUMBERS,
  numbersAsDetails,
  signsOf,
  type SiteNumbers,
  type WitnessedSite,
} from "../../domain/recovery/site-numbers.ts";
import type { Problem, Site } from "../../domain/sites/hierarchy.ts";
import { ITSELF, type Actor, type Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";

/** Notices that a site was recovered: by a new identity, or by numbers below those that were seen. Its memory is the ledger. */
export interface SiteWatch {
  /** Reads what the ledger knows. To be called before the first `look`. */
  load(): Promise<void>;
  /** Remembers what rose. @returns a problem for each site whose data went back: it is not rebuilt until a person has decided. */
  look(sites: Iterable<Site>): Promise<Problem[]>;
  witnessed(code: string): WitnessedSite | undefined;
  /** Keeps in the ledger, and knows from now on, what became of the numbers of a site. */
  record(by: Actor, kind: LedgerKind, site: string, told: { numbers: SiteNumbers; more?: Record<string, string> }): Promise<void>;
}

export interface SiteWatchDeps {
  ledger: Pick<Ledger, "record" | "entries">;
  log: Log;
}

export function createSiteWatch({ ledger, log }: SiteWatchDeps): SiteWatch {
  const known = new Map<string, WitnessedSite>();
  /** Of each site, as they were last logged. */
  const told = new Map<string, string>();

  function take(entry: LedgerEntry): void {
    const { site } = entry.about;
    if (site === undefined) return;
    const after = afterEntry(known.get(site), entry);
    if (after) known.set(site, after);
    else known.delete(site);
  }

  const record: SiteWatch["record"] = async (by, kind, site, { numbers, more = {} }) =>
    take(await ledger.record(by, kind, { about: { site }, details: { ...numbersAsDetails(numbers), ...more } }));

  return {
    async load() {
      for await (const entry of ledger.entries()) take(entry);
    },
    async look(sites) {
      const problems: Problem[] = [];
      for (const { code, numbers = NO_NUMBERS } of sites) {
        const signs = signsOf(numbers, known.get(code));
        if (signs.length > 0) problems.push(problemOf(code, signs));
        else if (isNews(numbers, known.get(code))) await record(ITSELF, "site-seen", code, { numbers });
        const said = signs.join("; ");
        if (said !== "" && said !== told.get(code))
          log.error({ site: code, code: "RECOVERY_REQUIRED" }, `the site ${code} went back: ${said}`);
        told.set(code, said);
      }
      return problems;
    },
    witnessed: (code) => known.get(code),
    record,
  };
}

function problemOf(code: string, signs: readonly string[]): Problem {
  const message = `the systems of ${code} are left out, since the site went back: ${signs.join("; ")}. 'sitewright repair-serials --site ${code} --plan' shows what to raise; 'sitewright site accept ${code} --reason TEXT' takes it as it is`;
  return { code: "RECOVERY_REQUIRED", message, site: code, path: `${code}/site.yaml`, leftOut: true };
}
