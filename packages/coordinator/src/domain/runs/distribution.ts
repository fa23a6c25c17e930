import {
  packageOf,
  RUN_KINDS,
  SitewrightError,
  unitKey,
  UNIT_KINDS,
  type Distribution,
  type Held,
  type RunKind,
  type Unit,
} from "@sitewright/protocol";
import type { Assignment, DescribeUnit, UnitSource } from "../sites/hierarchy.ts";
import type { RunOptions } from "./run.ts";

/** What such a run always has: the roles that it is about, and a verification that believes no record of an agent. */
export function distributionOptions(kind: RunKind, options: RunOptions): RunOptions {
  const { distribution, differences } = RUN_KINDS[kind];
  if (!distribution) return options;
  const { roles } = distribution;
  return {
    ...options,
    roles: options.roles.length > 0 ? options.roles : [...roles],
    full: options.full || differences === "mended",
  };
}

/** What was asked of such a run that it is not for. @param chosen What the filters select. */
export function distributionFaults(
  kind: RunKind,
  options: RunOptions,
  known: readonly Assignment[],
  chosen: readonly Assignment[],
): string[] {
  const { distribution } = RUN_KINDS[kind];
  if (!distribution) return [];
  const faults = faultsOf(kind, distribution, options);
  return faults.length > 0 ? faults : unserved(options, known, chosen);
}

function faultsOf(kind: RunKind, { roles, everywhere }: Distribution, options: RunOptions): string[] {
  const faults: string[] = [];
  const others = options.roles.filter((role) => !roles.includes(role));
  if (others.length > 0)
    faults.push(`${kind} is about ${roles.map((role) => UNIT_KINDS[role].label).join(" and ")}: leave ${others.join(", ")} out`);
  if (everywhere && (options.sites.length > 0 || options.systems.length > 0))
    faults.push(`${kind} goes to every distribution point of a package: leave sites and systems out, or rebuild the package there`);
  return faults;
}

/** Each name was meant: one of which nothing is chosen is a mistake, also beside others. */
function unserved({ packages, sites, systems }: RunOptions, known: readonly Assignment[], chosen: readonly Assignment[]): string[] {
  const lacking = (names: readonly string[], nameOf: (one: Assignment) => string | undefined): string[] =>
    names.filter((name) => known.some((one) => nameOf(one) === name) && !chosen.some((one) => nameOf(one) === name));
  const ids = lacking(packages, ({ unit }) => packageOf(unit));
  const systemsOf = (id: string): string[] => known.filter(({ unit }) => packageOf(unit) === id).map(({ system }) => system);
  if (ids.length > 0) return ids.map((id) => `package ${id} is not assigned there, but to ${systemsOf(id).toSorted().join(", ")}`);
  return [
    ...lacking(sites, ({ site }) => site).map((code) => `nothing of what was chosen is assigned to the site ${code}`),
    ...lacking(systems, ({ system }) => system).map((name) => `nothing of what was chosen is assigned to ${name}`),
  ];
}

export interface Copies {
  /** What a system holds. */
  held: (system: string, unit: Unit) => Held | undefined;
  /** By unit key, as the site data state them. */
  units: ReadonlyMap<string, Pick<UnitSource, "sourceVersion">>;
  describe: DescribeUnit;
}

/**
 * Of what was chosen: what a run of this kind is for, by the versions that its copies have. Throws `VERSION_NOT_RISEN` where an update would
 * have nothing to do, or nothing for a package that was named.
 */
export function copiesFor(kind: RunKind, chosen: readonly Assignment[], named: readonly string[], copies: Copies): Assignment[] {
  if (RUN_KINDS[kind].distribution?.copies !== "of-an-earlier-version") return [...chosen];
  const groups = [...Map.groupBy(chosen, ({ unit }) => unitKey(unit)).values()].map((all) => groupOf(all, copies));
  const risen = groups.filter(({ behind }) => behind);
  const faults = groups.filter(({ behind, id }) => !behind && (named.includes(id) || risen.length === 0)).map((group) => notRisen(group));
  if (faults.length > 0) throw new SitewrightError("VERSION_NOT_RISEN", ["there is nothing to update", ...shortened(faults)].join("\n"));
  return risen.flatMap(({ wanting }) => wanting);
}

interface Group {
  id: string;
  file: string;
  stated: number;
  /** The highest version of its copies; undefined: there is none. */
  highest?: number;
  /** Some copy is of an earlier version. */
  behind: boolean;
  /** Those, and whatever else is not of the stated version. */
  wanting: Assignment[];
}

function groupOf(all: readonly Assignment[], { held, units, describe }: Copies): Group {
  const unit = all[0]?.unit ?? { role: "dp", name: "" };
  const stated = units.get(unitKey(unit))?.sourceVersion ?? 0;
  const known = all.map((assignment) => ({ assignment, copy: held(assignment.system, unit) }));
  const copies = known.flatMap(({ copy }) => (copy?.live ? [copy] : []));
  return {
    id: packageOf(unit) ?? unit.name,
    file: describe(unit).file,
    stated,
    ...(copies.length > 0 ? { highest: Math.max(...copies.map(({ sourceVersion }) => sourceVersion)) } : {}),
    behind: stated > 0 && copies.some((copy) => copy.sourceVersion < stated || !isSettled(copy)),
    wanting: known
      .filter(({ copy }) => !copy?.live || copy.sourceVersion !== stated || !isSettled(copy))
      .map(({ assignment }) => assignment),
  };
}

/** What was staged and not activated is no copy yet, though its version is the one that is told. */
function isSettled({ live, staged }: Held): boolean {
  return staged === undefined || staged.manifest === live?.manifest;
}

function notRisen({ id, file, stated, highest }: Group): string {
  if (stated === 0) return `${id}: ${file} states no sourceVersion, by which its copies would be told apart: state one`;
  if (highest === undefined) return `${id}: no distribution point holds it yet: 'sitewright rebuild --package ${id}' brings it`;
  const next = Math.max(highest, stated) + 1;
  return `${id}: its copies are of version ${highest}, and ${file} states ${stated}: when its files have changed, raise sourceVersion there to ${next}; what is damaged or missing is sent again by 'sitewright refresh --package ${id}'`;
}

/** Packages that a refusal names. */
const NAMED = 5;

function shortened(lines: readonly string[]): string[] {
  return lines.length <= NAMED ? [...lines] : [...lines.slice(0, NAMED), `... and ${lines.length - NAMED} more`];
}
