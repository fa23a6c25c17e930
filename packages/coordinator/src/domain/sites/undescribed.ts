import { packageOf, unitKey, type Held, plural } from "@sitewright/protocol";
import type { Assignment, DescribeUnit, Hierarchy, Problem } from "./hierarchy.ts";
import { leftoversOf, selector, unitKeysOf } from "../runs/selection.ts";
import type { RunOptions } from "../runs/run.ts";

export interface HeldAndDescribed {
  hierarchy: Hierarchy;
  assigned: readonly Assignment[];
  /** By system, according to the agents. */
  held: ReadonlyMap<string, readonly Held[]>;
  described: ReadonlySet<string>;
  problems: readonly Problem[];
  /** An operator accepted that a unit is not described. */
  isAccepted: (unit: string) => boolean;
  describe: DescribeUnit;
}

/** Units that a message names. */
const NAMED = 20;

/** A unit that systems hold although the site data do not assign it to them. */
export interface Undescribed {
  unit: string;
  name: string;
  /** Where the site data would describe it. */
  place: string;
  systems: string[];
  /** Neither the site data nor an operator have stated that this is right. */
  unexplained: boolean;
}

/** Yields periodically. */
export function* undescribedUnits({
  hierarchy,
  assigned,
  held,
  described,
  problems,
  isAccepted,
  describe,
}: HeldAndDescribed): Generator<void, Undescribed[]> {
  const served = unitKeysOf(assigned);
  const faulty = new Set(problems.flatMap(({ unit, leftOut }) => (leftOut && unit !== undefined ? [unit] : [])));
  const leftovers = (yield* leftoversOf(hierarchy, assigned, held)).filter(({ unit }) => !faulty.has(unitKey(unit)));
  return [...Map.groupBy(leftovers, ({ unit }) => unitKey(unit))]
    .map(([key, on]) => ({
      unit: key,
      name: on[0]?.unit.name ?? key,
      place: on[0] ? describe(on[0].unit).place : "",
      systems: on.map(({ system }) => system).toSorted(),
      // Which CAPs and logon points exist is stated in the hierarchy, on purpose.
      unexplained: on.some(({ unit }) => packageOf(unit) !== undefined) && !served.has(key) && !described.has(key) && !isAccepted(key),
    }))
    .toSorted((a, b) => (a.unit < b.unit ? -1 : 1));
}

/**
 * What systems hold without being described is reported, and fails nothing else. Yields periodically.
 * @param options What is selected; undefined: everything.
 * @param isFinding It is what the run is to find out.
 */
export function* undescribedProblems(
  input: HeldAndDescribed,
  options: RunOptions | undefined,
  isFinding: boolean,
): Generator<void, Problem[]> {
  const selected = options ? { ...input, held: yield* heldOfSelected(input, options) } : input;
  const all = yield* undescribedUnits(selected);
  const unexplained = all.filter((one) => one.unexplained);
  const explained = all.filter((one) => !one.unexplained);
  return [
    ...(unexplained.length > 0 ? [problem(unexplained, isFinding, unexplainedWords(unexplained))] : []),
    ...(explained.length > 0 ? [problem(explained, false, explainedWords(explained))] : []),
  ];
}

function problem(units: readonly Undescribed[], leftOut: boolean, message: string): Problem {
  const [first] = units;
  return { code: "NOT_DESCRIBED", message, leftOut, ...(units.length === 1 && first ? { unit: first.unit } : {}) };
}

function unexplainedWords(units: readonly Undescribed[]): string {
  const { name = "ID", place = "" } = units[0] ?? {};
  return `systems hold packages that the site data do not describe: ${nameUnits(units)}: bring ${place} back (is its disk mounted?), remove it with 'sitewright remove --package ${name}', or, if that is correct, accept it with 'sitewright source accept ${place}'`;
}

function explainedWords(units: readonly Undescribed[]): string {
  return `systems hold what the site data do not assign to them: ${nameUnits(units)}: 'sitewright remove' removes it`;
}

function nameUnits(units: readonly Undescribed[]): string {
  const named = units.slice(0, NAMED).map(({ unit, systems }) => {
    const [first = ""] = systems;
    return `${unit} (${first}${systems.length > 1 ? ` and ${systems.length - 1} more` : ""})`;
  });
  return `${named.join(", ")}${units.length > NAMED ? ` and ${plural(units.length - NAMED, "more unit")}` : ""}`;
}

function* heldOfSelected({ hierarchy, held }: HeldAndDescribed, options: RunOptions): Generator<void, Map<string, readonly Held[]>> {
  const isSelected = selector(options);
  const selected = new Map<string, readonly Held[]>();
  for (const [system, units] of held) {
    const site = hierarchy.systems.get(system)?.site ?? "";
    const own = units.filter(({ unit }) => isSelected({ system, site, unit }));
    selected.set(system, own);
    yield;
  }
  return selected;
}
