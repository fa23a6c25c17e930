import { SitewrightError } from "@sitewright/protocol";
import type { Hierarchy } from "../sites/hierarchy.ts";

/** How the last recovery of a site ended. `unknown`: its epoch says that there was one, and nothing on record says how it ended. */
export type RecoveryStanding = "none" | "recovered" | "open" | "failed" | "abandoned" | "unknown";

/** What is known of a site that others are to follow. */
export interface SiteStanding {
  /** Why its numbers cannot be trusted; empty: nothing is known against them. */
  signs: readonly string[];
  /** What is missing of its data; empty: nothing is. */
  shrunk: readonly string[];
  recovery: RecoveryStanding;
  /** An operator deleted it; absent: it is in force. */
  isDeleted?: true;
}

export interface Finding {
  site: string;
  message: string;
}

/** A definition of a site: a child takes over those of the sites above it, and tells them apart by id and number. */
export interface SiteObject {
  /** What it is, such as `advertisement`. */
  kind: string;
  id: string;
  /** Its version or serial; absent: none is stated. */
  number?: number;
  /** Of its content. */
  hash: string;
  bytes: number;
}

/** A definition of the child that becomes another one. */
export interface Overwritten {
  kind: string;
  id: string;
  /** Whose definition takes its place. */
  by: string;
  /** Absent: none is stated. */
  from?: number;
  to?: number;
}

/** The parent and every site above it, nearest first. Throws `NOT_FOUND` for a site that there is not, `CONFLICT` for a circle. */
export function chainAbove({ sites }: Pick<Hierarchy, "sites">, child: string, parent: string): string[] {
  for (const code of [child, parent])
    if (!sites.has(code))
      throw new SitewrightError("NOT_FOUND", `the hierarchy has no site ${code}; it has: ${[...sites.keys()].sort().join(", ")}`);
  const chain: string[] = [];
  for (let at: string | undefined = parent; at !== undefined; at = sites.get(at)?.parent) {
    if (at === child || chain.includes(at)) {
      const circle = [child, ...chain, at].join(" -> ");
      throw new SitewrightError("CONFLICT", `${child} cannot have the parent ${parent}: the parents would go in a circle, ${circle}`);
    }
    chain.push(at);
  }
  return chain;
}

/** What forbids following a site: sites below it take over its definitions. */
export function blocksOf(site: string, { signs, shrunk, recovery, isDeleted }: SiteStanding): Finding[] {
  const messages = [
    ...(isDeleted ? ["it was deleted"] : []),
    ...(shrunk.length > 0 ? [`its site data cannot be read: most of it is missing (${shrunk.join("; ")})`] : []),
    ...signs.map((sign) => `it went back: ${sign}`),
    ...refusalOf(site, recovery),
  ];
  return messages.map((message) => ({ site, message }));
}

/** Why the last recovery of a site forbids following it, and what would change that; empty: it does not. */
function refusalOf(site: string, recovery: RecoveryStanding): string[] {
  if (recovery === "open") return ["its recovery is not finished"];
  const why = unsettledBy(recovery);
  const another = recovery === "unknown" ? "" : "end another one, or ";
  return why === undefined ? [] : [`${why}: ${another}'sitewright site accept ${site} --reason TEXT' takes it as it is`];
}

/** How the last recovery of a site ended, where that forbids following it until the site is accepted as it is. */
export function unsettledBy(recovery: RecoveryStanding): string | undefined {
  switch (recovery) {
    case "none":
    case "recovered":
    case "open":
      return undefined;
    case "failed":
      return "its recovery failed";
    case "abandoned":
      return "its recovery was abandoned";
    case "unknown":
      return "its epoch is that of a recovered site, and nothing on record says how that recovery ended";
  }
}

/** What becomes of the child's definitions: the nearest site above that has one of the same id wins. @param above Nearest first. */
export function overwritten(
  child: readonly SiteObject[],
  above: readonly { site: string; objects: readonly SiteObject[] }[],
): Overwritten[] {
  const known = new Map<string, { site: string; object: SiteObject }>();
  for (const { site, objects } of above.toReversed()) for (const object of objects) known.set(keyOf(object), { site, object });
  return child.flatMap((own): Overwritten[] => {
    const winner = known.get(keyOf(own));
    if (!winner || (winner.object.hash === own.hash && winner.object.number === own.number)) return [];
    const { number } = winner.object;
    const numbers = { ...(own.number === undefined ? {} : { from: own.number }), ...(number === undefined ? {} : { to: number }) };
    return [{ kind: own.kind, id: own.id, by: winner.site, ...numbers }];
  });
}

function keyOf({ kind, id }: SiteObject): string {
  return `${kind} ${id.toUpperCase()}`;
}

/** A site and all that are below it. */
export function sitesBelow({ sites }: Pick<Hierarchy, "sites">, code: string): Set<string> {
  const below = new Set([code]);
  // It grows while it is gone through.
  for (const at of below) for (const site of sites.values()) if (site.parent === at) below.add(site.code);
  return below;
}

/** A site and all that are above it. */
export function sitesAbove({ sites }: Pick<Hierarchy, "sites">, code: string): string[] {
  const above: string[] = [];
  for (let at: string | undefined = code; at !== undefined && !above.includes(at); at = sites.get(at)?.parent) above.push(at);
  return above;
}
