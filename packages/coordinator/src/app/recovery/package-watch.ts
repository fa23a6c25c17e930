import { packageOf, parseUnitKey } from "@sitewright/protocol";
import type { LedgerEntry } from "../../domain/ledger/entry.ts";
import { afterPackages, packageNews, packagesAsDetails, versionSigns, type KnownPackages } from "../../domain/objects/known-packages.ts";
import { makerOf } from "../../domain/sites/maker.ts";
import type { SiteDataReading } from "../ports/site-data.ts";

/** What it needs of a reading of the site data. */
export type ReadingOfPackages = Pick<SiteDataReading, "units" | "described" | "problems">;

/** What the ledger records of the packages of each site, and how the site data differ from it. Packages belong to the site in their ids. */
export interface PackageWatch {
  /** Learns from an entry of the ledger. */
  take(entry: LedgerEntry): void;
  /** The site data were read: what they state holds from now on. */
  read(reading: ReadingOfPackages): void;
  known(site: string): KnownPackages;
  /** By object, such as `package/ABC00001`: details of the last decision about it, unless that was undone. */
  decided(site: string): ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Stated source versions by id; 0: none is stated. */
  stated(site: string): ReadonlyMap<string, number>;
  signs(site: string): string[];
  /** Details of entries that record what is new. @param isAccepted Whether a package is gone and an operator accepted that. */
  news(site: string, is: { isHeld: boolean; isAccepted: (id: string) => boolean }): Record<string, string>[];
  /** Details of entries that record the present versions, although higher ones were seen. */
  asTheyAre(site: string): Record<string, string>[];
}

const NONE: KnownPackages = new Map();
const NOTHING: ReadonlyMap<string, number> = new Map();

export function createPackageWatch(): PackageWatch {
  const known = new Map<string, KnownPackages>();
  const decided = new Map<string, Map<string, LedgerEntry["details"]>>();
  let stated = new Map<string, Map<string, number>>();
  let faulty: ReadonlySet<string> = new Set();

  const knownOf = (site: string): KnownPackages => known.get(site) ?? NONE;
  const statedOf = (site: string): ReadonlyMap<string, number> => stated.get(site) ?? NOTHING;

  return {
    take(entry) {
      const { site } = entry.about;
      if (site === undefined) return;
      known.set(site, afterPackages(knownOf(site), entry));
      const { object } = entry.details;
      if (object === undefined) return;
      const ofSite = decided.get(site) ?? new Map<string, LedgerEntry["details"]>();
      decided.set(site, ofSite);
      if (entry.kind === "object-decided") ofSite.set(object, entry.details);
      else ofSite.delete(object);
    },
    read({ units, described, problems }) {
      stated = new Map();
      const state = (id: string, version: number): void => {
        const site = stated.get(makerOf(id)) ?? new Map<string, number>();
        stated.set(makerOf(id), site.set(id, version));
      };
      // Of those that no system serves the version is not read: it counts as it was seen.
      for (const key of described) {
        const id = idOf(key);
        if (id !== undefined) state(id, knownOf(makerOf(id)).get(id)?.version ?? 0);
      }
      for (const { unit, sourceVersion } of units) {
        const id = packageOf(unit);
        if (id !== undefined) state(id, sourceVersion ?? 0);
      }
      faulty = new Set(problems.flatMap(({ unit = "", code, leftOut }) => (leftOut && code !== "SOURCE_GONE" ? (idOf(unit) ?? []) : [])));
    },
    known: knownOf,
    decided: (site) => decided.get(site) ?? new Map<string, LedgerEntry["details"]>(),
    stated: statedOf,
    signs: (site) => versionSigns(site, knownOf(site), statedOf(site)),
    news(site, { isHeld, isAccepted }) {
      const before = knownOf(site);
      const versions = statedOf(site);
      const accepted = new Set([...before.keys()].filter((id) => !versions.has(id) && isAccepted(id)));
      return packagesAsDetails(packageNews(before, { versions, faulty, accepted, isHeld }));
    },
    asTheyAre(site) {
      const lower = [...statedOf(site)].filter(([id, version]) => version < (knownOf(site).get(id)?.version ?? 0));
      return packagesAsDetails(new Map(lower.map(([id, version]) => [id, { version, state: "there" as const }])));
    },
  };
}

function idOf(key: string): string | undefined {
  const unit = parseUnitKey(key);
  return unit && packageOf(unit);
}
