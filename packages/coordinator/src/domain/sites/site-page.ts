import type { SystemState } from "@sitewright/protocol";
import { eachSliced } from "../slices.ts";
import type { Site, System } from "./hierarchy.ts";

/** Which systems are listed. `attention`: what failed, and whose agent is away. */
export type SystemFilter = "attention" | "working" | "rebuilt" | "other";

const FILTER_OF: Record<SystemState, SystemFilter> = {
  failed: "attention",
  away: "attention",
  unjoined: "attention",
  working: "working",
  rebuilt: "rebuilt",
  connected: "other",
  idle: "other",
};

export interface StatedSystem extends Pick<System, "name" | "site" | "roles"> {
  state: SystemState;
}

export interface SiteQuery {
  state?: SystemFilter;
  /** Part of the name or the code of a site, or of the name of a system. */
  text?: string;
  /** Sites of a page. */
  limit: number;
  /** Sites before it. */
  after: number;
}

export interface ListedSite {
  site: Site;
  /** The first of them, those that need attention first. */
  systems: StatedSystem[];
  /** That fit. */
  systemCount: number;
}

export interface SitePage {
  sites: ListedSite[];
  /** On all pages. */
  found: number;
  /** Systems with this text, by filter. */
  counts: Record<SystemFilter | "all", number>;
  /** Absent: this is the last page. */
  next?: number;
}

/** Systems of one site that are listed. */
const MOST_SYSTEMS = 50;

/** Sites with the systems that fit; those with a system that needs attention come first, else in the order of the site data. Yields periodically. */
export function* pageOfSites(
  sites: readonly Site[],
  systems: readonly StatedSystem[],
  { state, text = "", limit, after }: SiteQuery,
): Generator<void, SitePage> {
  const wanted = text.trim().toLowerCase();
  const named = new Set(sites.filter(({ code, name }) => `${code} ${name}`.toLowerCase().includes(wanted)).map(({ code }) => code));
  const counts = { all: 0, attention: 0, working: 0, rebuilt: 0, other: 0 };
  const bySite = new Map<string, StatedSystem[]>();
  yield* eachSliced(systems, (system) => {
    if (!named.has(system.site) && !system.name.toLowerCase().includes(wanted)) return;
    const filter = FILTER_OF[system.state];
    counts.all += 1;
    counts[filter] += 1;
    if (state !== undefined && filter !== state) return;
    const own = bySite.get(system.site);
    if (own) own.push(system);
    else bySite.set(system.site, [system]);
  });
  const fitting = sites.filter(({ code }) => bySite.has(code) || (state === undefined && named.has(code)));
  const needs = ({ code }: Site): boolean => bySite.get(code)?.some(needsAttention) ?? false;
  const ordered = [...fitting.filter(needs), ...fitting.filter((site) => !needs(site))];
  const next = after + limit;
  return {
    sites: ordered.slice(after, next).map((site) => listed(site, bySite.get(site.code) ?? [])),
    found: ordered.length,
    counts,
    ...(next < ordered.length ? { next } : {}),
  };
}

function needsAttention({ state, roles }: StatedSystem): boolean {
  return FILTER_OF[state] === "attention" && roles.length > 0;
}

function listed(site: Site, systems: readonly StatedSystem[]): ListedSite {
  const ordered = [...systems.filter(needsAttention), ...systems.filter((system) => !needsAttention(system))];
  return { site, systems: ordered.slice(0, MOST_SYSTEMS), systemCount: systems.length };
}
