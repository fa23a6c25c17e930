import {
  closestName,
  DEFAULT_OPTIONS,
  RUN_KINDS,
  packageOf,
  parseUnitKey,
  ROLES,
  siteOf,
  SitewrightError,
  unitKey,
  type Held,
  type Unit,
  type RunKind,
} from "@sitewright/protocol";
import { filterSliced, finish, groupSliced, mapSliced, SLICE } from "../slices.ts";
import type { Assignment, Hierarchy, Problem, Site, UnitSource } from "../sites/hierarchy.ts";
import { distributionFaults, distributionOptions } from "./distribution.ts";
import type { RunOptions } from "./run.ts";
import { zoneTime } from "../addresses/zone-time.ts";

/** What the site data say of a unit beside its content. */
type Wanted = Pick<UnitSource, "priority" | "clients" | "due">;

const NOT_SAID: Wanted = { priority: "medium" };

/** What every system has to serve, as the site data say; for few. */
export function assignmentsOf(...given: Parameters<typeof assignmentsIn>): Assignment[] {
  return finish(assignmentsIn(...given));
}

/** What every system has to serve, as the site data say, unit by unit. Yields periodically. @param wanted By unit key. */
export function* assignmentsIn(
  hierarchy: Hierarchy,
  servedBy: ReadonlyMap<string, readonly string[]>,
  wanted: ReadonlyMap<string, Wanted>,
): Generator<void, Assignment[]> {
  const assignments: Assignment[] = [];
  for (const [key, systems] of servedBy) {
    const unit = parseUnitKey(key);
    if (!unit) continue;
    const assign = assigner(hierarchy, unit, wanted.get(key) ?? NOT_SAID);
    for (const system of systems) {
      const made = assign(system);
      if (made) assignments.push(made);
      if (assignments.length % SLICE === 0) yield;
    }
  }
  return assignments;
}

/** What systems hold although the site data no longer assign it. Yields periodically. */
export function* leftoversOf(
  hierarchy: Hierarchy,
  assigned: readonly Assignment[],
  held: ReadonlyMap<string, readonly Held[]>,
): Generator<void, Assignment[]> {
  const units = yield* groupSliced(assigned, ({ unit }) => unit);
  const known = new Map<string, Set<string>>();
  for (const [unit, own] of units) {
    const systems = known.get(unitKey(unit)) ?? new Set();
    for (const { system } of own) systems.add(system);
    known.set(unitKey(unit), systems);
    yield;
  }
  const leftovers: Assignment[] = [];
  let looked = 0;
  for (const [system, units] of held) {
    for (const { unit, live, previous } of units) {
      const isLeft = (live !== undefined || previous) && !known.get(unitKey(unit))?.has(system);
      const left = isLeft ? assigner(hierarchy, unit, NOT_SAID)(system) : undefined;
      if (left) leftovers.push(left);
      if (++looked % SLICE === 0) yield;
    }
  }
  return leftovers;
}

/** Assigns one unit to systems. What depends on their site is found once a site: the times of a zone take long. */
function assigner(hierarchy: Hierarchy, unit: Unit, wanted: Wanted): (system: string) => Assignment | undefined {
  const bySite = new Map<string, Pick<Assignment, "clients" | "due">>();
  const dueIn = new Map<string, number>();
  return (system) => {
    const site = hierarchy.systems.get(system)?.site;
    if (site === undefined) return undefined;
    const ofSite = bySite.get(site) ?? demandAt(hierarchy.sites.get(site), unit, wanted, dueIn);
    bySite.set(site, ofSite);
    const assignment: Assignment = { system, site, unit, priority: wanted.priority };
    if (ofSite.clients !== undefined) assignment.clients = ofSite.clients;
    if (ofSite.due !== undefined) assignment.due = ofSite.due;
    return assignment;
  };
}

/** @param dueIn When it is due, by time zone, as far as known. */
function demandAt(site: Site | undefined, unit: Unit, wanted: Wanted, dueIn: Map<string, number>): Pick<Assignment, "clients" | "due"> {
  if (wanted.due !== undefined && site && !dueIn.has(site.timeZone)) dueIn.set(site.timeZone, zoneTime(wanted.due, site.timeZone));
  const due = site && dueIn.get(site.timeZone);
  const clients = packageOf(unit) === undefined ? site?.clients : wanted.clients;
  return {
    ...(clients === undefined ? {} : { clients }),
    ...(due === undefined ? {} : { due }),
  };
}

/** The keys of the units of which these are. */
export function unitKeysOf(assignments: readonly Pick<Assignment, "unit">[]): Set<string> {
  // Nearly all share their objects: far fewer keys are made than there are assignments.
  return new Set(new Set(assignments.map(({ unit }) => unit)).values().map(unitKey));
}

/** Completes and checks an operator's options; throws `BAD_REQUEST` with every fault. Yields periodically. */
export function* checkOptions(
  kind: RunKind,
  asked: Partial<RunOptions>,
  hierarchy: Hierarchy,
  known: readonly Assignment[],
): Generator<void, RunOptions> {
  const options = distributionOptions(kind, { ...DEFAULT_OPTIONS, ...asked });
  const units = new Set(yield* mapSliced(known, ({ unit }) => unit));
  const packages = new Set([...units].flatMap((unit) => packageOf(unit) ?? []));
  const faults = [
    ...unknown("site", options.sites, hierarchy.sites.keys()),
    ...unknown("system", options.systems, hierarchy.systems.keys()),
    ...unknown("role", options.roles, ROLES),
    ...unknown("package", options.packages, packages),
  ];
  if (faults.length === 0 && RUN_KINDS[kind].distribution)
    faults.push(...distributionFaults(kind, options, known, yield* filterSliced(known, selector(options))));
  if (!Number.isSafeInteger(options.maxUnavailable) || options.maxUnavailable < 1)
    faults.push("maxUnavailable is a whole number of systems, 1 or more");
  if (!Number.isSafeInteger(options.graceMs) || options.graceMs < 0) faults.push("graceMs is a whole number of milliseconds, 0 or more");
  const { distribution, guarded } = RUN_KINDS[kind];
  if (guarded && !options.all && guarded.by.every((filter) => options[filter].length === 0)) {
    const flags = guarded.by.map((filter) => `--${filter.slice(0, -1)}`).join(", ");
    faults.push(`${kind} ${guarded.why}: say where (${flags}), or that everything is meant (--all)`);
  }
  // The roles of such a run are its own, and no choice.
  if (options.all && isFiltered(distribution ? { ...options, roles: [] } : options))
    faults.push("all and a filter contradict each other: leave one of them out");
  if (faults.length > 0) throw new SitewrightError("BAD_REQUEST", faults.join("; "));
  return options;
}

function unknown(what: string, asked: readonly string[], existing: Iterable<string>): string[] {
  const all = new Set(existing);
  const strange = asked.filter((name) => !all.has(name));
  if (strange.length === 0) return [];
  const known = [...all].sort();
  const listed = known.length > 20 ? `${known.slice(0, 20).join(", ")} and ${known.length - 20} more` : known.join(", ") || "none";
  const near = strange.flatMap((name) => closestName(name, known) ?? []);
  const meant = near.length > 0 ? `: did you mean ${[...new Set(near)].join(", ")}?` : "";
  return [`unknown ${what} ${strange.join(", ")}${meant} (there is: ${listed})`];
}

function isFiltered({ sites, systems, roles, packages }: RunOptions): boolean {
  return [sites, systems, roles, packages].some((names) => names.length > 0);
}

/** Reasons that a refusal names. */
const REASONS = 5;

/**
 * AND between the kinds of filter, OR within one; throws `NOTHING_SELECTED`. Yields periodically.
 * @param problems Possible reasons for an empty selection.
 */
export function* select(
  assignments: readonly Assignment[],
  options: RunOptions,
  problems: readonly Problem[],
  systems: Hierarchy["systems"],
): Generator<void, Assignment[]> {
  const selected = yield* filterSliced(assignments, selector(options));
  if (selected.length > 0) return selected;
  const what = isFiltered(options)
    ? "no system serves a unit that fits all the filters: leave one out, or see 'sitewright status' for what is assigned"
    : "the site data describe no unit that a system would serve";
  const reasons = gathered(problemsFor(problems, { selected: [], assigned: new Set() }, options, systems)).map(
    ({ code, message }) => `${code}: ${message}`,
  );
  const more = reasons.length > REASONS ? [`... and ${reasons.length - REASONS} more`] : [];
  throw new SitewrightError("NOTHING_SELECTED", [what, ...reasons.slice(0, REASONS), ...more].join("\n"));
}

type Selectable = Pick<Assignment, "site" | "system" | "unit">;

/** Whether options select something; for many: each name of a filter is found at once. */
export function selector({ sites, systems, roles, packages }: RunOptions): (one: Selectable) => boolean {
  const [inSites, inSystems, ofPackages] = [new Set(sites), new Set(systems), new Set(packages)];
  return ({ site, system, unit }) =>
    (inSites.size === 0 || inSites.has(site)) &&
    (inSystems.size === 0 || inSystems.has(system)) &&
    admits(roles, unit.role) &&
    (ofPackages.size === 0 || ofPackages.has(packageOf(unit) ?? ""));
}

/** A problem that several units share is listed once: a missing folder may affect all of them. */
export function gathered(problems: readonly Problem[]): Problem[] {
  return [...Map.groupBy(problems, ({ code, message, leftOut }) => `${code} ${leftOut} ${message}`).values()].flatMap((same) => {
    const [first] = same;
    const units = same.reduce((sum, problem) => sum + (problem.units ?? 1), 0);
    return first ? [units > 1 ? { ...first, units } : first] : [];
  });
}

function selectsUnit(unit: Unit, { roles, packages }: RunOptions): boolean {
  return admits(roles, unit.role) && (packages.length === 0 || packages.includes(packageOf(unit) ?? ""));
}

/**
 * Problems that concern what was selected. One of the whole hierarchy concerns every selection, one of a site none that leaves the site out.
 * @param assigned Keys of the units that systems serve.
 */
export function problemsFor(
  problems: readonly Problem[],
  { selected, assigned }: { selected: readonly Assignment[]; assigned: ReadonlySet<string> },
  options: RunOptions,
  systems: Hierarchy["systems"],
): Problem[] {
  const keys = unitKeysOf(selected);
  const named = options.systems.flatMap((name) => systems.get(name)?.site ?? []);
  const concerns = (site: string): boolean => admits(options.sites, site) && admits(named, site);
  return problems.filter(({ unit: key, site }) => {
    if (site !== undefined) return concerns(site);
    if (key === undefined || keys.has(key)) return true;
    const unit = parseUnitKey(key);
    if (!unit || assigned.has(key) || !selectsUnit(unit, options)) return false;
    const own = siteOf(unit);
    return own === undefined || concerns(own);
  });
}

function admits<T>(filter: readonly T[], value: T): boolean {
  return filter.length === 0 || filter.includes(value);
}
