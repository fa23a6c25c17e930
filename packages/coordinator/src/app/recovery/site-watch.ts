import { unitKey, unitOf } from "@sitewright/protocol";
import type { LedgerKind } from "@sitewright/protocol/api";
import type { LedgerEntry } from "../../domain/ledger/entry.ts";
import {
  acceptedCounts,
  afterCounts,
  countsAsDetails,
  countsToRecord,
  shrunkSigns,
  type SeenCounts,
  type SiteCounts,
} from "../../domain/recovery/site-counts.ts";
import {
  afterEntry,
  isNews,
  NO_NUMBERS,
  numbersAsDetails,
  signsOf,
  type SiteNumbers,
  type WitnessedSite,
} from "../../domain/recovery/site-numbers.ts";
import { afterParent, parentAsDetail, refusedParents, type KnownParent, type RefusedParent } from "../../domain/recovery/parents.ts";
import { blocksOf, type RecoveryStanding, type SiteStanding } from "../../domain/recovery/connection-check.ts";
import { quarantineOf, type Quarantine } from "../../domain/recovery/quarantine.ts";
import type { Problem, Site } from "../../domain/sites/hierarchy.ts";
import { ITSELF, type Actor, type Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { SiteDataReading } from "../ports/site-data.ts";
import { createPackageWatch, type PackageWatch, type ReadingOfPackages } from "./package-watch.ts";
import { createStartWatch, type StartCounters } from "./start-watch.ts";
import type { DeletionBook } from "../sites/deletion-book.ts";
import type { RecoveryBook } from "./recovery-book.ts";

/**
 * Detects that a site was recovered, by a new identity, lowered numbers or a lower start counter, and that most of its data are missing. Its
 * memory is the ledger.
 */
export interface SiteWatch {
  /** Learns from an entry of the ledger: from each, before the first `look`. */
  take(entry: LedgerEntry): void;
  /**
   * New and changed parents that something forbids to follow; each is logged once.
   * To be called before `look`, which takes the hierarchy it is given for the one in force.
   */
  refused(read: ReadingOfSites): Promise<{ parents: Map<string, string | undefined>; problems: Problem[] }>;
  /**
   * Remembers raised numbers and new packages. @returns A problem for each site that is not rebuilt until an operator has decided.
   * @param isAccepted Whether an operator accepted that the site data do not describe a unit, by its key.
   */
  look(read: ReadingOfSites, isAccepted: (unit: string) => boolean): Promise<Problem[]>;
  witnessed(code: string): WitnessedSite | undefined;
  /** Why the numbers and the folder of a site are earlier ones, as it was last read; empty: nothing says so. */
  setBack(site: Site): string[];
  /** What the ledger records of the packages of a site, and what the site data state of them. */
  packages: Pick<PackageWatch, "known" | "stated" | "decided">;
  /** What is missing of a site whose present size is given; empty: nothing. */
  shrunk(code: string, counts: SiteCounts | undefined): string[];
  /** What is known of a site that others are to follow. */
  standing(site: Site, counts: SiteCounts | undefined): SiteStanding;
  /** What a site may be sent, as it was at the last look; undefined: everything. */
  quarantine(code: string): Quarantine | undefined;
  /** Records a change of a site's numbers in the ledger and in memory. */
  record(by: Actor, kind: LedgerKind, site: string, told: { numbers: SiteNumbers; more?: Record<string, string> }): Promise<void>;
  /** Records in the ledger that the packages of a site are right as they are stated, although later versions were seen. */
  acceptPackages(by: Actor, site: string): Promise<void>;
  /** Records in the ledger what was decided about an object of a site. */
  decide(by: Actor, site: string, kind: "object-decided" | "object-undone", details: Record<string, string>): Promise<void>;
  /** Records in the ledger that a site may follow another although something speaks against it. */
  acceptParent(by: Actor, site: string, told: { parent: string; reason: string; saw: string }): Promise<void>;
  /** Records in the ledger that a site legitimately has no more than this. */
  acceptCounts(by: Actor, site: string, told: { counts: SiteCounts; more: Record<string, string> }): Promise<void>;
}

type ReadingOfSites = Pick<SiteDataReading, "root" | "hierarchy" | "counts"> & ReadingOfPackages;

export interface SiteWatchDeps {
  ledger: Pick<Ledger, "record">;
  startCounters: StartCounters;
  /** While a recovery of a site is open, the site is not held: its quarantine decides what is sent. */
  recoveries: Pick<RecoveryBook, "openOf" | "endOf" | "standing">;
  deletions: Pick<DeletionBook, "all">;
  clock: Clock;
  log: Log;
}

export function createSiteWatch({ ledger, startCounters, recoveries, deletions, clock, log }: SiteWatchDeps): SiteWatch {
  const known = new Map<string, WitnessedSite>();
  const seen = new Map<string, SeenCounts>();
  const parents = new Map<string, KnownParent>();
  const packages = createPackageWatch();
  const starts = createStartWatch(startCounters, (details) => ledger.record(ITSELF, "sites-counted", { details }), log);
  /** Sites whose numbers a person raised or took as they are. */
  const settled = new Set<string>();
  /** Sites that a person took as they are after their last recovery had ended, with that end: the next one is judged again. */
  const acceptedAfter = new Map<string, number | undefined>();
  /** Of each site, as they were last logged. */
  const told = new Map<string, string>();
  /** Each site as it was at the last look, and what speaks against it. */
  const looked = new Map<string, { site: Site; counts: SiteCounts }>();
  const signsNow = new Map<string, readonly string[]>();

  function take(entry: LedgerEntry): void {
    starts.take(entry);
    const { site } = entry.about;
    if (site === undefined) return;
    const after = afterEntry(known.get(site), entry);
    if (after) known.set(site, after);
    else known.delete(site);
    if (entry.kind === "site-accepted" || entry.kind === "serials-raised") settled.add(site);
    if (entry.kind === "serials-undone") settled.delete(site);
    if (entry.kind === "site-accepted") acceptedAfter.set(site, recoveries.endOf(site));
    const parent = afterParent(parents.get(site), entry);
    if (parent) parents.set(site, parent);
    const counted = afterCounts(seen.get(site), entry);
    if (counted) seen.set(site, counted);
    packages.take(entry);
    judge(site);
  }

  const keep = async (by: Actor, kind: LedgerKind, site: string, details: Record<string, string>): Promise<void> =>
    take(await ledger.record(by, kind, { about: { site }, details }));

  const shrunk: SiteWatch["shrunk"] = (code, counts = {}) => shrunkSigns(counts, seen.get(code));

  /** A number above the first epoch is what a recovery leaves: an operator must have stated how that ended. */
  const recoveryOf = (code: string, { epoch }: SiteNumbers): RecoveryStanding => {
    const last = recoveries.standing(code) ?? (epoch > 1 && !settled.has(code) ? "unknown" : "none");
    const isAccepted = acceptedAfter.has(code) && acceptedAfter.get(code) === recoveries.endOf(code);
    return isAccepted && (last === "failed" || last === "abandoned") ? "none" : last;
  };

  /** Records what is news of a site: its parent, and unless it is held what there is of it. */
  async function learn({ code, parent = "", numbers = NO_NUMBERS }: Site, counts: SiteCounts, isHeld: boolean): Promise<void> {
    const next = isHeld ? undefined : countsToRecord(counts, seen.get(code), clock());
    const news = {
      ...(parents.get(code)?.parent === parent ? {} : parentAsDetail(parent)),
      ...(!isHeld && isNews(numbers, known.get(code)) ? numbersAsDetails(numbers) : {}),
      ...(next ? countsAsDetails(next) : {}),
    };
    if (Object.keys(news).length > 0) await keep(ITSELF, "site-seen", code, news);
  }

  const keepPackages = async (by: Actor, site: string, parts: readonly Record<string, string>[]): Promise<void> => {
    for (const details of parts) await keep(by, "packages-seen", site, details);
  };

  function problemOf(site: Site, counts: SiteCounts): Problem | undefined {
    const { code } = site;
    const { signs, shrunk: missing } = standing(site, counts);
    if (missing.length > 0) return shrank(code, missing);
    if (signs.length === 0) return undefined;
    return recoveries.openOf(code) === undefined ? wentBack(code, signs) : underRecovery(code, signs);
  }

  /** Logs what is newly wrong. @param about A site, and what of it. */
  function tell(about: string, problem: Problem | undefined): void {
    const said = problem?.message ?? "";
    if (problem && said !== told.get(about)) log[problem.leftOut ? "error" : "warn"]({ site: problem.site, code: problem.code }, said);
    told.set(about, said);
  }

  const setBack: SiteWatch["setBack"] = ({ code, numbers = NO_NUMBERS }) => [...signsOf(numbers, known.get(code)), ...starts.signs(code)];

  const standing: SiteWatch["standing"] = (site, counts) => {
    const { code, numbers = NO_NUMBERS } = site;
    const missing = shrunk(code, counts);
    const signs = missing.length > 0 ? [] : [...setBack(site), ...packages.signs(code)];
    return { signs, shrunk: missing, recovery: recoveryOf(code, numbers), ...(deletions.all().has(code) ? { isDeleted: true } : {}) };
  };

  /** Judged again with every entry of the ledger: what an operator decided holds at once. */
  function judge(code: string): void {
    const last = looked.get(code);
    if (!last) return;
    const { signs, shrunk: missing } = standing(last.site, last.counts);
    signsNow.set(code, [...missing, ...signs]);
  }

  return {
    async refused(read) {
      const { root, hierarchy, counts } = read;
      packages.read(read);
      await starts.read(root, hierarchy.sites.keys());
      const refused = refusedParents(hierarchy, parents, (site) => blocksOf(site.code, standing(site, counts.get(site.code))));
      const problems = refused.map(refusal);
      for (const problem of problems) tell(`parent of ${problem.site}`, problem);
      return { parents: new Map(refused.map(({ site, stays }) => [site, stays])), problems };
    },
    take,
    async look(read, isAccepted) {
      const { root, hierarchy, counts } = read;
      packages.read(read);
      await starts.read(root, hierarchy.sites.keys());
      const problems: Problem[] = [];
      for (const site of hierarchy.sites.values()) {
        const { code } = site;
        const counted = counts.get(code) ?? {};
        const problem = problemOf(site, counted);
        await learn(site, counted, problem !== undefined);
        // Where most is missing nothing is learned of the rest.
        if (shrunk(code, counted).length === 0)
          await keepPackages(
            ITSELF,
            code,
            packages.news(code, { isHeld: problem !== undefined, isAccepted: (id) => isAccepted(unitKey(unitOf("dp", id))) }),
          );
        looked.set(code, { site, counts: counted });
        judge(code);
        if (problem) problems.push(problem);
        tell(code, problem);
      }
      const held = new Set(problems.map(({ site }) => site));
      await starts.count(
        root,
        [...hierarchy.sites.keys()].filter((code) => !held.has(code)),
      );
      return problems;
    },
    witnessed: (code) => known.get(code),
    setBack,
    packages,
    shrunk,
    standing,
    quarantine: (code) => quarantineOf(signsNow.get(code) ?? [], recoveries.openOf(code)),
    record(by, kind, site, { numbers, more = {} }) {
      const counted = starts.stated(site);
      return keep(by, kind, site, {
        ...numbersAsDetails(numbers),
        ...(counted === undefined ? {} : { starts: String(counted) }),
        ...more,
      });
    },
    acceptPackages: (by, site) => keepPackages(by, site, packages.asTheyAre(site)),
    decide: (by, site, kind, details) => keep(by, kind, site, details),
    acceptParent: (by, site, told) => keep(by, "parent-accepted", site, { ...told }),
    acceptCounts: (by, site, { counts, more }) =>
      keep(by, "site-data-accepted", site, { ...countsAsDetails(acceptedCounts(counts, seen.get(site))), ...more }),
  };
}

function wentBack(code: string, signs: readonly string[]): Problem {
  const message = `the systems of ${code} are left out, since its numbers or its identity changed: ${signs.join("; ")}. 'sitewright recovery start ${code}' opens its recovery; 'sitewright repair-serials --site ${code} --plan' shows what to raise; 'sitewright site accept ${code} --reason TEXT' accepts it as it is`;
  return { code: "RECOVERY_REQUIRED", message, site: code, path: `${code}/site.yaml`, leftOut: true };
}

function underRecovery(code: string, signs: readonly string[]): Problem {
  const message = `${code} is under recovery: nothing is sent to its systems before this is put right: ${signs.join("; ")}. 'sitewright repair-serials --site ${code} --plan' shows what to raise`;
  return { code: "RECOVERY_REQUIRED", message, site: code, path: `${code}/site.yaml`, leftOut: false };
}

function shrank(code: string, missing: readonly string[]): Problem {
  const message = `the systems of ${code} are left out, since most of its site data are missing: ${missing.join("; ")}. Bring them back (is their disk mounted?); if that is correct, accept it with 'sitewright site accept ${code} --reason TEXT'`;
  return { code: "SITE_DATA_SHRANK", message, site: code, path: code, leftOut: true };
}

function refusal({ site, parent, stays, blocks }: RefusedParent): Problem {
  const why = blocks.map((block) => `${block.site}: ${block.message}`).join("; ");
  const message = `${site} does not become a child of ${parent}, as the hierarchy states, and stays ${stays === undefined ? "without a parent" : `below ${stays}`}: ${why}. Put that right, or connect it all the same with 'sitewright hierarchy accept --child ${site} --parent ${parent} --reason TEXT'`;
  return { code: "PARENT_REFUSED", message, site, path: "hierarchy.yaml", leftOut: false };
}
