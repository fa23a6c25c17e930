import { closestName, readBandwidth, SitewrightError } from "@sitewright/protocol";
import { addressPath } from "../addresses/address-path.ts";
import { lineName, OWN_NETWORK } from "../forecast/lines.ts";
import { sitesBelow } from "../recovery/connection-check.ts";
import { addressesOf, type Hierarchy, type Site } from "../sites/hierarchy.ts";
import { sharedSite } from "../sites/neighbours.ts";
import { withLine } from "./line-changes.ts";
import { nextTimeOfWeek } from "./time-of-week.ts";

/** What a drill assumes. */
export interface DrillRequest {
  /** Names of site systems; a site server or a site code means the whole site and every site below it. */
  lose: readonly string[];
  /** Time of the week by the clocks of what was lost first: `Fri 17:00`. */
  at: string;
  /** By name of a line: its assumed rate, written as in hierarchy.yaml. */
  links: Readonly<Record<string, string>>;
  /** Systems that are assumed to hold what their neighbours lost. */
  reserve: readonly string[];
}

export interface DrillScope {
  /** Systems that are rebuilt from nothing. */
  lost: ReadonlySet<string>;
  /** When the rebuild begins, ms since 1970. */
  start: number;
  /** IANA name; in whose hours it was asked for. */
  timeZone: string;
  /** With the assumed rates. */
  hierarchy: Hierarchy;
  /** bit/s by line, as in `ForecastInput`. */
  measured: ReadonlyMap<string, number>;
  /** Systems that are assumed to hold what their neighbours lost. */
  reserve: readonly string[];
}

/** Throws `BAD_REQUEST` with every fault at once. @param now ms since 1970. */
export function scopeOf(
  asked: DrillRequest,
  { hierarchy, measured, now }: Pick<DrillScope, "hierarchy" | "measured"> & { now: number },
): DrillScope {
  const lost = lostSystems(hierarchy, asked.lose);
  const timeZone = zoneOf(hierarchy, asked.lose[0] ?? "");
  const start = nextTimeOfWeek(asked.at, timeZone, now);
  const lines = assume(hierarchy, measured, asked.links);
  const faults = [
    ...unknownNames("--lose", asked.lose, losable(hierarchy)),
    ...(start === undefined ? [`--at "${asked.at}" is not a time of the week: write a day and a time, as in "Fri 17:00"`] : []),
    ...lines.faults,
    ...unknownNames("--reserve-dp", asked.reserve, [...hierarchy.systems.keys()]),
    ...asked.reserve.flatMap((name) => reserveFault(hierarchy, name, { named: asked.lose, lost })),
  ];
  if (faults.length > 0 || start === undefined) throw new SitewrightError("BAD_REQUEST", faults.join("; "));
  return { lost, start, timeZone, hierarchy: lines.hierarchy, measured: lines.measured, reserve: asked.reserve };
}

function losable({ sites, systems }: Hierarchy): string[] {
  return [...new Set([...systems.keys(), ...[...sites.values()].flatMap(({ code, server }) => [server, code])])];
}

function siteServedBy({ sites }: Hierarchy, name: string): Site | undefined {
  return sites.get(name) ?? [...sites.values()].find(({ server }) => server === name);
}

/** Of a lost site server every system of its site is rebuilt, and of every site below: their content comes from its data. */
function lostSystems(hierarchy: Hierarchy, names: readonly string[]): Set<string> {
  const served = names.flatMap((name) => siteServedBy(hierarchy, name)?.code ?? []);
  const sites = new Set(served.flatMap((code) => [...sitesBelow(hierarchy, code)]));
  const ofSites = [...hierarchy.systems.values()].filter(({ site }) => sites.has(site));
  return new Set([...ofSites.map(({ name }) => name), ...names.filter((name) => hierarchy.systems.has(name))]);
}

/** Of its line, else of its site. */
function zoneOf(hierarchy: Hierarchy, name: string): string {
  const site = siteServedBy(hierarchy, name)?.code ?? hierarchy.systems.get(name)?.site ?? "";
  const line = hierarchy.systems.has(name) ? addressPath(hierarchy, name)[0] : hierarchy.addresses.get(site);
  return line?.timeZone ?? hierarchy.sites.get(site)?.timeZone ?? "UTC";
}

function assume(hierarchy: Hierarchy, measured: ReadonlyMap<string, number>, links: DrillRequest["links"]) {
  const keys = [...addressesOf(hierarchy).map(({ key }) => key), lineName(OWN_NETWORK)];
  const faults = unknownNames("--link", Object.keys(links), keys);
  const rates = new Map(measured);
  let assumed = hierarchy;
  for (const [key, text] of Object.entries(links)) {
    const bandwidth = readBandwidth(text);
    if (typeof bandwidth === "string") faults.push(`--link ${key}: ${bandwidth}`);
    else if (key === lineName(OWN_NETWORK)) rates.set(OWN_NETWORK, bandwidth);
    else {
      // A measured rate limits the line as it is, not the assumed one.
      rates.delete(key);
      assumed = withLine(assumed, key, (address) => ({ ...address, bandwidth }));
    }
  }
  return { faults, hierarchy: assumed, measured: rates };
}

function unknownNames(option: string, names: readonly string[], known: readonly string[]): string[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = closestName(name, known);
      return `${option} ${name} is unknown: ${near === undefined ? `there is ${known.toSorted().slice(0, 20).join(", ")}` : `is ${near} meant?`}`;
    });
}

function reserveFault(
  hierarchy: Hierarchy,
  name: string,
  { named, lost }: { named: readonly string[]; lost: ReadonlySet<string> },
): string[] {
  if (!hierarchy.systems.has(name)) return [];
  if (named.includes(name) && !siteServedBy(hierarchy, name)) return [`--reserve-dp ${name} is lost itself: leave it out of --lose`];
  const site = sharedSite(hierarchy, name);
  if (site !== undefined && [...lost].some((other) => other !== name && sharedSite(hierarchy, other) === site)) return [];
  return [`--reserve-dp ${name} can bring nothing: it shares no line of its site with a system that was lost`];
}
