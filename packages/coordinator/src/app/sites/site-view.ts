import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import { addressPath } from "../../domain/addresses/address-path.ts";
import type { DescribeUnit, Address, Hierarchy, Problem, Site, System } from "../../domain/sites/hierarchy.ts";
import { rememberedInForce, withoutDeleted } from "../../domain/deletion/overlay.ts";
import type { Log } from "../log.ts";
import type { SiteWatch } from "../recovery/site-watch.ts";
import { compareWithMemory, placesToLookAt, type Gone } from "../../domain/sites/site-memory.ts";
import type { Clock } from "../ports/clock.ts";
import type { SiteData, SiteDataReading, SourceMemory } from "../ports/site-data.ts";
import type { DeletionBook } from "./deletion-book.ts";

/** The last valid reading of the site data, used for everything between two runs. */
export interface SiteView {
  /** What is known of the site data from other sources. */
  state(): SiteDataState;
  /** Reads again; throws `SITE_DATA_INVALID` and keeps the previous reading. */
  refresh(): Promise<SiteDataReading>;
  /** Throws `SOURCE_UNSTABLE` when the site data are no longer at `root`, where they were read. */
  checkRoot(root: string): Promise<void>;
  /** A reading at most some seconds old, or the last one while a newer is invalid; throws when there is none. */
  recent(): Promise<SiteDataReading>;
  /** The last reading that could be used, however old: without a look at the disk. */
  last(): SiteDataReading | undefined;
  /** Reads again when the hierarchy was edited, or could not be used; true when a new reading is in force. Each fault is logged once. */
  followEdits(): Promise<boolean>;
  /** With the addresses in force, as everywhere in this interface. */
  hierarchy(): Hierarchy | undefined;
  /** As the site data state it. */
  stated(): Hierarchy | undefined;
  /** Whether the last reading has a unit, by its key. */
  describes(unit: string): boolean;
  /** The lines to a system, its own first. */
  pathTo(system: string): readonly Address[];
  /** Missing places that earlier readings had. */
  gone(): readonly Gone[];
  /** Whether an operator accepted that the site data do not describe a unit. */
  isAccepted(unit: string): boolean;
  describe: DescribeUnit;
}

/** Whether the site data can be used, and their faults. */
export interface SiteDataState {
  /** Why the site data cannot be used in their present state; absent: they can. */
  fault?: SiteDataFault;
  /** When the reading in force was made, ms since 1970; absent: there is none, and nothing can be done until the fault is mended. */
  readAt?: number;
  /** About the reading in force. */
  problemCounts: { leftOut: number; notes: number };
}

export interface SiteDataFault {
  code: ErrorCode;
  /** One line for each fault. */
  message: string;
  /** The first file with the fault. */
  path?: string;
  /** First seen, ms since 1970. */
  since: number;
}

const RECENT_MS = 5_000;
/** Maximum age of the reported state of the site data, ms. */
const REREAD_MS = 60_000;
const SHOWN_SYSTEMS = 20;

export interface SiteViewDeps {
  siteData: SiteData;
  memory: SourceMemory;
  watch: Pick<SiteWatch, "look" | "refused" | "standing">;
  deletions: Pick<DeletionBook, "all">;
  clock: Clock;
  steady: Clock;
  log: Log;
  /** Applies the operators' settings to a hierarchy; returns the same object while nothing changes. */
  inForce: (hierarchy: Hierarchy) => Hierarchy;
  /** The site data became invalid or valid, or have another fault or other problems. */
  onState: (state: SiteDataState) => void;
}

export function createSiteView({ siteData, memory, watch, deletions, clock, steady, log, inForce, onState }: SiteViewDeps): SiteView {
  /** As it was read, with missing places treated as unreadable. */
  let reading: SiteDataReading | undefined;
  let gone: readonly Gone[] = [];
  /** Missing places, as they were last logged. */
  let told = new Set<string>();
  let readAt = 0;
  let readSteadilyAt = 0;
  let fault: SiteDataFault | undefined;
  /** Of the hierarchy as it was last checked. */
  let seen: string | undefined;
  /** Of the hierarchy that is in force. */
  let inForceSince: string | undefined;
  /** What was deleted when the reading in force was made. */
  let deleted = deletions.all();
  /** Whether it came into force after edits were last followed, whichever caller had it read. */
  let isNews = false;
  let underWay: Promise<SiteDataReading> | undefined;
  let following: Promise<SiteDataReading> | undefined;

  async function readAgain(): Promise<SiteDataReading> {
    // Before reading: an edit during the reading is detected the next time.
    const revision = await siteData.revision();
    const before = reading?.problems;
    const deletedBefore = deleted;
    try {
      reading = await readWithDeletions();
    } catch (error) {
      seen = revision;
      setFault(SitewrightError.from(error));
      throw error;
    }
    readAt = clock();
    readSteadilyAt = steady();
    isNews ||= revision !== inForceSince || fault !== undefined || deleted !== deletedBefore;
    seen = inForceSince = revision;
    setFault(undefined);
    if (before && !areSame(before, reading.problems)) onState(state());
    return laid(reading);
  }

  /** Reads again when something is deleted meanwhile: a reading from before must not come into force after it. */
  async function readWithDeletions(): Promise<SiteDataReading> {
    for (;;) {
      const now = deletions.all();
      const read = await readInForce();
      const signsOf = (site: Site): readonly string[] => watch.standing(site, read.counts.get(site.code)).signs;
      const remembered = await remember(withoutDeleted(read, now, signsOf));
      if (now !== deletions.all()) continue;
      deleted = now;
      return remembered;
    }
  }

  /** With the parents of before where something forbids the new ones. */
  async function readInForce(): Promise<SiteDataReading> {
    const parents = new Map<string, string | undefined>();
    const problems: Problem[] = [];
    for (;;) {
      const read = await siteData.read(parents);
      // What an edit brought meanwhile is looked at too: each site is refused once.
      const refused = await watch.refused(read);
      if (refused.problems.length === 0) return { ...read, problems: [...problems, ...read.problems] };
      problems.push(...refused.problems);
      for (const [code, parent] of refused.parents) parents.set(code, parent);
    }
  }

  async function remember(read: SiteDataReading): Promise<SiteDataReading> {
    const known = rememberedInForce(memory.all(), deletions.all());
    const found = await siteData.look(read, placesToLookAt(read, known));
    const compared = compareWithMemory(read, known, found);
    memory.keep(compared.learned);
    gone = compared.gone;
    const lost = new Map(gone.map(({ place, message }) => [place, message]));
    for (const [place, message] of lost) if (!told.has(place)) log.error({ code: "SOURCE_GONE", path: place }, message);
    for (const place of told) if (!lost.has(place)) log.info({ path: place }, `${place} is no longer missing`);
    told = new Set(lost.keys());
    const heldSites = await watch.look(read, isAccepted);
    return { ...read, servedBy: compared.servedBy, problems: [...heldSites, ...compared.problems] };
  }

  function isAccepted(unit: string): boolean {
    return memory.all().get(unit)?.accepted !== undefined;
  }

  function setFault(error: SitewrightError | undefined): void {
    if (fault?.code === error?.code && fault?.message === error?.message) return;
    const before = fault;
    const { code, message, path } = error ?? {};
    fault = code && message ? { code, message, ...(path === undefined ? {} : { path }), since: before?.since ?? clock() } : undefined;
    if (fault)
      log.error(
        { code: fault.code, error: fault.message },
        reading ? "the site data were edited and have faults: the last valid reading stays in force" : "the site data cannot be used",
      );
    else log.info({}, "the site data can be used again");
    onState(state());
  }

  /** Callers that arrive while the site data are being read wait for the same reading. */
  function refreshOnce(): Promise<SiteDataReading> {
    underWay ??= readAgain().finally(() => (underWay = undefined));
    return underWay;
  }

  /** A reading that begins now or later: callers that arrive during one share the next. Each reading of a large hierarchy is a thread. */
  function refresh(): Promise<SiteDataReading> {
    if (!underWay) return refreshOnce();
    following ??= underWay
      .catch(() => undefined)
      .then(() => {
        following = undefined;
        return refreshOnce();
      });
    return following;
  }

  function laid(stated: SiteDataReading): SiteDataReading {
    return { ...stated, hierarchy: inForce(stated.hierarchy) };
  }

  function state(): SiteDataState {
    const problems = reading?.problems ?? [];
    const leftOut = problems.filter((problem) => problem.leftOut).length;
    return {
      ...(fault ? { fault } : {}),
      ...(reading ? { readAt } : {}),
      problemCounts: { leftOut, notes: problems.length - leftOut },
    };
  }

  return {
    state,
    refresh,
    async checkRoot(root) {
      const now = await siteData.root();
      if (now === root) return;
      const message = `the site data moved from ${root} to ${now} while they were read: start it again, and all of it is taken from there`;
      throw new SitewrightError("SOURCE_UNSTABLE", message, { path: root });
    },
    async recent() {
      if (reading && steady() - readSteadilyAt < RECENT_MS) return laid(reading);
      return refreshOnce().catch((error: unknown) => {
        if (reading) return laid(reading);
        throw error;
      });
    },
    last: () => reading && laid(reading),
    async followEdits() {
      const revision = await siteData.revision();
      if (reading && !fault && revision !== seen) log.info({}, "the hierarchy was edited");
      // The revision covers one file only: a fault, or a problem of a package, may be in another.
      if (revision !== seen || fault || steady() - readSteadilyAt >= REREAD_MS) await refreshOnce().catch(() => undefined);
      const wasNews = isNews;
      isNews = false;
      return wasNews;
    },
    hierarchy: () => reading && inForce(reading.hierarchy),
    stated: () => reading?.hierarchy,
    describes: (unit) => reading?.servedBy.has(unit) === true,
    pathTo: (system) => (reading ? addressPath(inForce(reading.hierarchy), system) : []),
    gone: () => gone,
    describe: siteData.describe,
    isAccepted,
  };
}

function areSame(some: readonly Problem[], others: readonly Problem[]): boolean {
  return some.length === others.length && some.every(({ code, message }, i) => code === others[i]?.code && message === others[i]?.message);
}

/** Throws `NOT_FOUND`. */
export function requireSite({ sites }: Hierarchy, code: string): Site {
  const site = sites.get(code);
  if (site) return site;
  throw new SitewrightError("NOT_FOUND", `the hierarchy has no site ${code}; it has: ${[...sites.keys()].sort().join(", ")}`);
}

/** Throws `SYSTEM_UNKNOWN`. */
export function requireSystem(hierarchy: Hierarchy, name: string): System {
  const system = hierarchy.systems.get(name);
  if (system) return system;
  const known = [...hierarchy.systems.keys()].sort();
  const more = known.length > SHOWN_SYSTEMS ? ` and ${known.length - SHOWN_SYSTEMS} more` : "";
  throw new SitewrightError(
    "SYSTEM_UNKNOWN",
    `the hierarchy has no system ${name}; it has: ${known.slice(0, SHOWN_SYSTEMS).join(", ")}${more}`,
  );
}
