import type { FoundPlace, RememberedUnit } from "../../domain/sites/site-memory.ts";
import type { DescribeUnit, Hierarchy, UnitSource, Problem } from "../../domain/sites/hierarchy.ts";
import type { SiteCounts } from "../../domain/recovery/site-counts.ts";

/** The data of the site server, whatever its format. */
export interface SiteData {
  /**
   * Everything but the contents of folders. Throws `SITE_DATA_INVALID` with every fault of the hierarchy in its message.
   * @param parents By site code: what is in force instead of the stated parent; undefined: none.
   */
  read(parents?: ReadonlyMap<string, string | undefined>): Promise<SiteDataReading>;
  /** Changes with every edit of the hierarchy itself (sites, systems, addresses); cheap enough to be called every second. */
  revision(): Promise<string>;
  /** Real folder of the site data now: a link may have been switched since a reading. Throws `SITE_DATA_INVALID`. */
  root(): Promise<string>;
  /** The current content of these places of a reading. */
  look(reading: SiteDataReading, places: Iterable<string>): Promise<Map<string, FoundPlace>>;
  /** For messages: where a unit is described, or would be. */
  describe: DescribeUnit;
}

/** What the site data held, stored in the data folder: it distinguishes what vanished from what never existed. */
export interface SourceMemory {
  /** By unit key. */
  all(): ReadonlyMap<string, RememberedUnit>;
  /** Stored immediately, and kept across restarts. */
  keep(units: ReadonlyMap<string, RememberedUnit>): void;
}

export interface SiteDataReading {
  /** Real folder that all of it was read from. */
  root: string;
  hierarchy: Hierarchy;
  units: UnitSource[];
  /** Which systems serve a unit: unit key to system names. */
  servedBy: ReadonlyMap<string, readonly string[]>;
  /** Keys of packages whose description could be read, including those assigned to no system. */
  described: ReadonlySet<string>;
  /** By site code: places that belong to a site itself. No unit is made of them, but their loss must be reported too. */
  sitePlaces: ReadonlyMap<string, readonly string[]>;
  /** By site code: how much there is of it, whether usable or not. */
  counts: ReadonlyMap<string, SiteCounts>;
  problems: Problem[];
}
