import { SitewrightError } from "@sitewright/protocol";
import { addressPath } from "../domain/address-path.ts";
import type { Address, Hierarchy } from "../domain/hierarchy.ts";
import type { Clock, SiteData, SiteDataReading } from "./ports.ts";

/** The last reading of the site data: what the release loop goes by between two runs. */
export interface SiteView {
  /** Reads anew; throws `SITE_DATA_INVALID` and keeps the reading before. */
  refresh(): Promise<SiteDataReading>;
  /** A reading that is not older than some seconds. */
  recent(): Promise<SiteDataReading>;
  hierarchy(): Hierarchy | undefined;
  /** The lines to a system, its own first. */
  pathTo(system: string): readonly Address[];
}

const RECENT_MS = 5_000;

export function createSiteView(siteData: SiteData, clock: Clock): SiteView {
  let reading: SiteDataReading | undefined;
  let readAt = 0;
  async function refresh(): Promise<SiteDataReading> {
    reading = await siteData.read();
    readAt = clock();
    return reading;
  }
  return {
    refresh,
    recent: async () => (reading && clock() - readAt < RECENT_MS ? reading : refresh()),
    hierarchy: () => reading?.hierarchy,
    pathTo: (system) => (reading ? addressPath(reading.hierarchy, system) : []),
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
