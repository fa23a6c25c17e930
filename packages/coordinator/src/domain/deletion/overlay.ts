import { parseUnitKey, siteOf, unitKey } from "@sitewright/protocol";
import type { Hierarchy, Problem, Site, System } from "../sites/hierarchy.ts";
import type { Described, RememberedUnit } from "../sites/site-memory.ts";
import { targetKey, targetName, targetOptions, type Deletion, type Deletions } from "./deletion.ts";

/** What of a reading of the site data depends on the sites and roles in force. */
type Read = Described & { counts: ReadonlyMap<string, unknown> };

/**
 * A reading without what is deleted: no code needs to know of deletions that reads the hierarchy in force. While the site data still name
 * something that is deleted, that is a problem. @param changed Why a site with this code may be another one; empty: nothing says so.
 */
export function withoutDeleted<R extends Read>(reading: R, deletions: Deletions, changed: (site: Site) => readonly string[]): R {
  if (deletions.size === 0) return reading;
  const isKept = (site: string): boolean => !deletions.has(site);
  const hierarchy = hierarchyInForce(reading.hierarchy, deletions);
  const servedBy = new Map(
    [...reading.servedBy].flatMap(([key, systems]): [string, readonly string[]][] => {
      const role = parseUnitKey(key)?.role;
      const left = systems.filter((name) => role !== undefined && hierarchy.systems.get(name)?.roles.includes(role) === true);
      // A package may have no distribution point; any other unit without a system is none.
      return left.length === 0 && systems.length > 0 ? [] : [[key, left]];
    }),
  );
  const isOfDeleted = ({ site, unit: key }: Problem): boolean => {
    const unit = key === undefined ? undefined : parseUnitKey(key);
    return !isKept(site ?? (unit ? siteOf(unit) : undefined) ?? "");
  };
  return {
    ...reading,
    hierarchy,
    servedBy,
    units: reading.units.filter(({ unit }) => servedBy.has(unitKey(unit))),
    sitePlaces: new Map([...reading.sitePlaces].filter(([code]) => isKept(code))),
    counts: new Map([...reading.counts].filter(([code]) => isKept(code))),
    problems: [...reading.problems.filter((problem) => !isOfDeleted(problem)), ...stillNamed(reading.hierarchy, deletions, changed)],
  };
}

/** The site data of a deleted site may go: what was remembered of them is not missing. */
export function rememberedInForce(
  remembered: ReadonlyMap<string, RememberedUnit>,
  deletions: Deletions,
): ReadonlyMap<string, RememberedUnit> {
  if (deletions.size === 0) return remembered;
  return new Map([...remembered].filter(([key]) => !key.startsWith("site/") || !deletions.has(key.slice("site/".length))));
}

function hierarchyInForce({ sites, systems, addresses }: Hierarchy, deletions: Deletions): Hierarchy {
  return {
    sites: new Map([...sites].flatMap(([code, site]) => (deletions.has(code) ? [] : [[code, withoutLostParent(site, deletions)]]))),
    systems: new Map(
      [...systems].flatMap(([name, system]) => (deletions.has(system.site) ? [] : [[name, withRolesLeft(system, deletions)]])),
    ),
    addresses: new Map([...addresses].filter(([site]) => !deletions.has(site))),
  };
}

/** A child that the hierarchy puts below a deleted site later has no parent. */
function withoutLostParent(site: Site, deletions: Deletions): Site {
  const { parent, ...rest } = site;
  return parent !== undefined && deletions.has(parent) ? rest : site;
}

function withRolesLeft(system: System, deletions: Deletions): System {
  const roles = system.roles.filter((role) => !deletions.has(targetKey({ system: system.name, role })));
  return roles.length === system.roles.length ? system : { ...system, roles };
}

function stillNamed({ sites, systems }: Hierarchy, deletions: Deletions, changed: (site: Site) => readonly string[]): Problem[] {
  return [...deletions.values()].flatMap((deletion): Problem[] => {
    const { target } = deletion;
    if (!("site" in target)) return systems.get(target.system)?.roles.includes(target.role) ? [problemOf(deletion, [])] : [];
    const site = sites.get(target.site);
    return site ? [problemOf(deletion, changed(site))] : [];
  });
}

function problemOf({ target, at, by }: Deletion, changed: readonly string[]): Problem {
  const when = new Date(at).toISOString().slice(0, 16).replace("T", " ");
  const other = changed.length === 0 ? "" : ` It may be another site under the same code: ${changed.join("; ")}.`;
  const message = `${targetName(target)} was deleted by ${by} (${when} UTC), and hierarchy.yaml still names it: remove it there. To put it in force again: 'sitewright hierarchy delete ${targetOptions(target)} --undo'.${other}`;
  return { code: "DELETION_IN_FORCE", message, path: "hierarchy.yaml", leftOut: false, ...("site" in target ? { site: target.site } : {}) };
}
