import {
  closestName,
  DEFAULT_OPTIONS,
  RUN_KINDS,
  packageOf,
  parseUnitKey,
  ROLES,
  SitewrightError,
  unitKey,
  type Held,
  type Unit,
  type RunKind,
} from "@sitewright/protocol";
import type { Assignment, Hierarchy, Problem, UnitSource } from "../sites/hierarchy.ts";
import { distributionFaults, distributionOptions } from "./distribution.ts";
import type { RunOptions } from "./run.ts";
import { zoneTime } from "../addresses/zone-time.ts";

/** What the site data say of a unit beside its content. */
type Wanted = Pick<UnitSource, "priority" | "clients" | "due">;

const NOT_SAID: Wanted = { priority: "medium" };

/** What every system has to serve, as the site data say. @param wanted By unit key. */
export function assignmentsOf(
  hierarchy: Hierarchy,
  servedBy: ReadonlyMap<string, readonly string[]>,
  wanted: ReadonlyMap<string, Wanted>,
): Assignment[] {
  return [...servedBy].flatMap(([key, systems]) => {
    const unit = parseUnitKey(key);
    return unit ? systems.flatMap((system) => assignment(hierarchy, system, unit, wanted.get(key) ?? NOT_SAID)) : [];
  });
}

/** What systems hold although the site data no longer assign it. */
export function leftoversOf(
  hierarchy: Hierarchy,
  assigned: readonly Assignment[],
  held: ReadonlyMap<string, readonly Held[]>,
): Assignment[] {
  const known = new Set(assigned.map(({ system, unit }) => `${system}/${unitKey(unit)}`));
  return [...held].flatMap(([system, units]) =>
    units
      .filter(({ unit, live, previous }) => (live !== undefined || previous) && !known.has(`${system}/${unitKey(unit)}`))
      .flatMap(({ unit }) => assignment(hierarchy, system, unit, NOT_SAID)),
  );
}

function assignment(hierarchy: Hierarchy, system: string, unit: Unit, wanted: Wanted): Assignment[] {
  const site = hierarchy.systems.get(system)?.site;
  if (site === undefined) return [];
  const of = hierarchy.sites.get(site);
  const clients = packageOf(unit) === undefined ? of?.clients : wanted.clients;
  return [
    {
      system,
      site,
      unit,
      priority: wanted.priority,
      ...(clients === undefined ? {} : { clients }),
      ...(wanted.due === undefined || !of ? {} : { due: zoneTime(wanted.due, of.timeZone) }),
    },
  ];
}

/** Completes and checks an operator's options; throws `BAD_REQUEST` with every fault. */
export function checkOptions(kind: RunKind, asked: Partial<RunOptions>, hierarchy: Hierarchy, known: readonly Assignment[]): RunOptions {
  const options = distributionOptions(kind, { ...DEFAULT_OPTIONS, ...asked });
  const packages = new Set(known.flatMap(({ unit }) => packageOf(unit) ?? []));
  const faults = [
    ...unknown("site", options.sites, hierarchy.sites.keys()),
    ...unknown("system", options.systems, hierarchy.systems.keys()),
    ...unknown("role", options.roles, ROLES),
    ...unknown("package", options.packages, packages),
  ];
  const chosen = known.filter((assignment) => isSelected(assignment, options));
  if (faults.length === 0) faults.push(...distributionFaults(kind, options, known, chosen));
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
  const known = [...existing].sort();
  const strange = asked.filter((name) => !known.includes(name));
  if (strange.length === 0) return [];
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

/** AND between the kinds of filter, OR within one; throws `NOTHING_SELECTED`. @param problems Possible reasons for an empty selection. */
export function select(assignments: readonly Assignment[], options: RunOptions, problems: readonly Problem[]): Assignment[] {
  const selected = assignments.filter((assignment) => isSelected(assignment, options));
  if (selected.length > 0) return selected;
  const what = isFiltered(options)
    ? "no system serves a unit that fits all the filters: leave one out, or see 'sitewright status' for what is assigned"
    : "the site data describe no unit that a system would serve";
  const reasons = gathered(problemsFor(problems, [], new Set(), options)).map(({ code, message }) => `${code}: ${message}`);
  const more = reasons.length > REASONS ? [`... and ${reasons.length - REASONS} more`] : [];
  throw new SitewrightError("NOTHING_SELECTED", [what, ...reasons.slice(0, REASONS), ...more].join("\n"));
}

export function isSelected({ site, system, unit }: Pick<Assignment, "site" | "system" | "unit">, options: RunOptions): boolean {
  return admits(options.sites, site) && admits(options.systems, system) && selectsUnit(unit, options);
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

/** Problems that concern what was selected; a problem of the whole hierarchy concerns every selection. */
export function problemsFor(
  problems: readonly Problem[],
  selected: readonly Assignment[],
  assigned: ReadonlySet<string>,
  options: RunOptions,
): Problem[] {
  const keys = new Set(selected.map(({ unit }) => unitKey(unit)));
  return problems.filter(({ unit: key, site }) => {
    if (site !== undefined) return admits(options.sites, site);
    if (key === undefined || keys.has(key)) return true;
    const unit = parseUnitKey(key);
    return unit !== undefined && !assigned.has(key) && selectsUnit(unit, options);
  });
}

function admits<T>(filter: readonly T[], value: T): boolean {
  return filter.length === 0 || filter.includes(value);
}
