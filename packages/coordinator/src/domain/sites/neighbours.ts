import type { Hierarchy } from "./hierarchy.ts";

/**
 * The site whose line a system shares with others, so that what one of them holds need not be sent over that line to the others; undefined
 * where there is no such line, where it has one of its own, where it has no role and so no content, and where it is excluded from sharing.
 */
export function sharedSite(hierarchy: Hierarchy | undefined, system: string): string | undefined {
  const member = hierarchy?.systems.get(system);
  if (!member || member.address || member.roles.length === 0 || member.peers === false) return undefined;
  return hierarchy?.addresses.has(member.site) ? member.site : undefined;
}

export function areNeighbours(hierarchy: Hierarchy | undefined, one: string, other: string): boolean {
  const site = sharedSite(hierarchy, one);
  return site !== undefined && one !== other && sharedSite(hierarchy, other) === site;
}

export function neighboursOf(hierarchy: Hierarchy | undefined, system: string): string[] {
  const site = sharedSite(hierarchy, system);
  if (!hierarchy || site === undefined) return [];
  return membersOf(hierarchy, site).filter((other) => other !== system);
}

/** By site: the systems that share its line. Made once for each reading of the hierarchy. */
const sharing = new WeakMap<Hierarchy, Map<string | undefined, string[]>>();

function membersOf(hierarchy: Hierarchy, site: string): readonly string[] {
  const groups = sharing.get(hierarchy) ?? Map.groupBy(hierarchy.systems.keys(), (system) => sharedSite(hierarchy, system));
  sharing.set(hierarchy, groups);
  return groups.get(site) ?? [];
}
