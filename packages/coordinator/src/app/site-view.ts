import { SitewrightError } from "@sitewright/protocol";
import { addressPath } from "../domain/address-path.ts";
import type { Address, Hierarchy } from "../domain/hierarchy.ts";
import type { Log } from "./log.ts";
import { compareWithMemory, placesToLookAt, type Gone } from "../domain/site-memory.ts";
import type { Clock, SiteData, SiteDataReading, SourceMemory } from "./ports.ts";

/** The last reading of the site data that could be used: what everything goes by between two runs. */
export interface SiteView {
  /** Reads anew; throws `SITE_DATA_INVALID` and keeps the reading before. */
  refresh(): Promise<SiteDataReading>;
  /** A reading that is not older than some seconds, or the last one while a newer cannot be used; throws when there is none. */
  recent(): Promise<SiteDataReading>;
  /** Reads anew when the hierarchy was edited; true when a new reading is in force. An edit with faults is logged, once. */
  followEdits(): Promise<boolean>;
  /** With the addresses as they are in force, as everything else here has it. */
  hierarchy(): Hierarchy | undefined;
  /** As the site data state it. */
  stated(): Hierarchy | undefined;
  /** Whether the last reading has a unit, by its key. */
  describes(unit: string): boolean;
  /** The lines to a system, its own first. */
  pathTo(system: string): readonly Address[];
  /** What was there, by the last reading, and is not. */
  gone(): readonly Gone[];
  /** Whether a person said that the site data rightly do not describe a unit. */
  isAccepted(unit: string): boolean;
}

export interface SiteViewDeps {
  siteData: SiteData;
  memory: SourceMemory;
  clock: Clock;
  log: Log;
  /** Lays over a hierarchy what operators set; the same object while nothing changes. */
  inForce: (hierarchy: Hierarchy) => Hierarchy;
}

const RECENT_MS = 5_000;

export function createSiteView({ siteData, memory, clock, log, inForce }: SiteViewDeps): SiteView {
  /** As it was read, and what was there before counted as unreadable. */
  let reading: SiteDataReading | undefined;
  let gone: readonly Gone[] = [];
  /** Of what is gone, as it was last logged. */
  let told = new Set<string>();
  let readAt = 0;
  /** Of the hierarchy as it was last looked at. */
  let seen: string | undefined;

  async function refresh(): Promise<SiteDataReading> {
    // Before reading: an edit while we read is seen the next time.
    const revision = await siteData.revision();
    reading = await remember(await siteData.read());
    readAt = clock();
    seen = revision;
    return laid(reading);
  }

  async function remember(read: SiteDataReading): Promise<SiteDataReading> {
    const found = await siteData.look(read, placesToLookAt(read, memory.all()));
    const compared = compareWithMemory(read, memory.all(), found);
    memory.keep(compared.learned);
    gone = compared.gone;
    const lost = new Map(gone.map(({ place, message }) => [place, message]));
    for (const [place, message] of lost) if (!told.has(place)) log.error({ code: "SOURCE_GONE", path: place }, message);
    for (const place of told) if (!lost.has(place)) log.info({ path: place }, `${place} is gone no more`);
    told = new Set(lost.keys());
    return { ...read, servedBy: compared.servedBy, problems: compared.problems };
  }

  function laid(stated: SiteDataReading): SiteDataReading {
    return { ...stated, hierarchy: inForce(stated.hierarchy) };
  }

  return {
    refresh,
    async recent() {
      if (reading && clock() - readAt < RECENT_MS) return laid(reading);
      return refresh().catch((error: unknown) => {
        if (reading) return laid(reading);
        throw error;
      });
    },
    async followEdits() {
      const revision = await siteData.revision();
      if (revision === seen) return false;
      seen = revision;
      try {
        if (reading) log.info({}, "the hierarchy was edited");
        await refresh();
        return true;
      } catch (error) {
        const { code, message } = SitewrightError.from(error);
        log.error(
          { code, error: message },
          reading ? "the hierarchy was edited and has faults: the one before stays in force" : "the site data cannot be used",
        );
        return false;
      }
    },
    hierarchy: () => reading && inForce(reading.hierarchy),
    stated: () => reading?.hierarchy,
    describes: (unit) => reading?.servedBy.has(unit) === true,
    pathTo: (system) => (reading ? addressPath(inForce(reading.hierarchy), system) : []),
    gone: () => gone,
    isAccepted: (unit) => memory.all().get(unit)?.accepted !== undefined,
  };
}

/** Throws `SYSTEM_UNKNOWN`. */
export function requireSystem(hierarchy: Hierarchy, name: string): void {
  if (hierarchy.systems.has(name)) return;
  throw new SitewrightError(
    "SYSTEM_UNKNOWN",
    `the hierarchy has no system ${name}; it has: ${[...hierarchy.systems.keys()].sort().join(", ")}`,
  );
}
