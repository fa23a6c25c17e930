import { packageOf, siteOf, unitKey, unitOf, type Unit } from "@sitewright/protocol";
import type { Hierarchy, Problem, Site, System, UnitSource } from "../../domain/sites/hierarchy.ts";
import { capUnit, leftOut, logonUnit, servingSite, type PlaceFault, type SiteFolders, type SiteUnit } from "./site-folders.ts";

/** A package whose package.yaml was read without a fault. */
export interface PackageSource {
  id: string;
  /** For people; absent: none is stated. */
  name?: string;
  sourceVersion: number | undefined;
  priority: UnitSource["priority"];
  clients?: number;
  due?: string;
  distributionPoints: readonly string[];
}

export interface DesiredUnits {
  units: UnitSource[];
  /** Unit key to system names. */
  servedBy: Map<string, readonly string[]>;
  problems: Problem[];
}

/** What the site systems of a hierarchy have to serve. A unit that no system serves is left out. */
export function desiredUnits(
  hierarchy: Hierarchy,
  folders: ReadonlyMap<string, SiteFolders>,
  packages: readonly PackageSource[],
): DesiredUnits {
  const desired: DesiredUnits = { units: [], servedBy: new Map(), problems: [] };
  const systemsOf = Map.groupBy(hierarchy.systems.values(), ({ site }) => site);
  for (const site of hierarchy.sites.values()) {
    addSiteUnit(desired, systemsOf.get(site.code) ?? [], { site, unit: unitOf("cap", site.code), kind: "inboxes" }, () => {
      const from = servingSite(site, "inboxes", hierarchy.sites, folders);
      return typeof from === "string" ? capUnit(site, from, folders.get(from)?.inboxes ?? []) : from;
    });
    addSiteUnit(desired, systemsOf.get(site.code) ?? [], { site, unit: unitOf("logon-point", site.code), kind: "logon" }, () => {
      const from = servingSite(site, "logon", hierarchy.sites, folders);
      return typeof from === "string" ? logonUnit(site, from, folders.get(from)?.logon ?? []) : from;
    });
  }
  for (const { id, name, sourceVersion, priority, clients, due, distributionPoints } of packages) {
    if (distributionPoints.length === 0) continue;
    const unit = unitOf("dp", id);
    const { file } = describeUnit(unit);
    desired.units.push({
      unit,
      owned: [{ path: id, kind: "folder", rights: "clients-read", source: `packages/${id}/source` }],
      places: [`packages/${id}/source`, file],
      statedIn: file,
      ...(name === undefined ? {} : { name }),
      ...(sourceVersion === undefined ? {} : { sourceVersion }),
      priority,
      ...(clients === undefined ? {} : { clients }),
      ...(due === undefined ? {} : { due }),
    });
    desired.servedBy.set(unitKey(unit), distributionPoints);
  }
  return desired;
}

/** Where the site data describe a unit, or would. */
export function describeUnit(unit: Unit): { place: string; file: string } {
  const id = packageOf(unit);
  if (id !== undefined) return { place: `packages/${id}`, file: `packages/${id}/package.yaml` };
  return { place: siteOf(unit) ?? unit.name, file: "hierarchy.yaml" };
}

function placesOf({ code }: Site, owned: UnitSource["owned"], kind: "inboxes" | "logon"): string[] {
  // Files of Config vary one by one, as files in any folder do.
  const sources = owned.map(({ source }) => (/\/logon\/config\//i.test(source) ? source.slice(0, source.lastIndexOf("/")) : source));
  // site.yaml states which folders of a logon domain are the site's.
  return kind === "logon" ? [...new Set(sources), `${code}/site.yaml`] : sources;
}

function addSiteUnit(
  desired: DesiredUnits,
  ofSite: readonly System[],
  { site, unit, kind }: { site: Site; unit: Unit; kind: "inboxes" | "logon" },
  build: () => SiteUnit | PlaceFault | undefined,
): void {
  const systems = ofSite.filter((system) => system.roles.includes(unit.role));
  if (systems.length === 0) return;
  const built = build();
  const found = built && "code" in built ? { owned: [], problems: [leftOut(unit, built)] } : (built ?? { owned: [], problems: [] });
  desired.problems.push(...found.problems);
  const unusable = found.problems.some((problem) => problem.leftOut);
  if (found.owned.length === 0 && !unusable) {
    const path = `${site.code}/${kind}`;
    const above = site.type === "secondary" ? ", nor has a site above it" : "";
    desired.problems.push({
      code: "SOURCE_MISSING",
      message: `${unit.name} is left out: ${path} holds nothing for it${above}`,
      unit: unitKey(unit),
      path,
      leftOut: true,
    });
    return;
  }
  // Clients depend on these folders for everything else: they go before any package with the default priority.
  if (!unusable) {
    const { file: statedIn } = describeUnit(unit);
    desired.units.push({ unit, owned: found.owned, places: placesOf(site, found.owned, kind), statedIn, priority: "high" });
  }
  // Its systems are known even if its content cannot be read.
  desired.servedBy.set(unitKey(unit), systems.map((system) => system.name).toSorted());
}
