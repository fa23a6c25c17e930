import { ROW_STATE_OF, type ErrorCode, type PhaseState, type RowState } from "@sitewright/protocol";
import type { Difference, Failure } from "./failures.ts";

/** Units on systems that have something in common. */
export interface Place {
  /** Pairs of a system and a unit. */
  places: number;
  /** Different units. */
  units: number;
  /** Some of their systems, in the order of their names. */
  systems: string[];
  systemCount: number;
}

/** Failures of one code, or of one code and reason where there are few. */
export interface FailureGroup extends Place {
  code: ErrorCode;
  /** The first. */
  reason: string;
  /** Different ones. */
  reasons: number;
  /** That wait for it. */
  clients: number;
  /** Key of the only unit. */
  unit?: string;
}

/** Systems that are named. */
const MOST_NAMED = 50;
/** Failures of one code that are listed one by one; more of them are combined. */
const ONE_BY_ONE = 3;

export function placeOf(all: readonly Pick<Failure | Difference, "system" | "unit">[]): Place {
  const systems = new Set(all.map(({ system }) => system));
  const units = new Set(all.map(({ unit }) => unit));
  return { places: all.length, units: units.size, ...namedOf(systems) };
}

/** The first names of a set. */
export function namedOf(names: ReadonlySet<string> | ReadonlyMap<string, unknown>): Pick<Place, "systems" | "systemCount"> {
  return { systems: [...names.keys()].sort().slice(0, MOST_NAMED), systemCount: names.size };
}

/** By code, in the order of their first failure. */
export function groupFailures(failures: readonly Failure[]): FailureGroup[] {
  return [...Map.groupBy(failures, ({ code }) => code).values()].flatMap((alike) => {
    const causes = [...Map.groupBy(alike, ({ message }) => message).values()];
    return (causes.length > ONE_BY_ONE ? [alike] : causes).map((same) => groupOf(same, causes.length > ONE_BY_ONE ? causes.length : 1));
  });
}

function groupOf(failures: readonly Failure[], reasons: number): FailureGroup {
  const [first] = failures;
  const place = placeOf(failures);
  return {
    ...place,
    code: first?.code ?? "INTERNAL",
    reason: first?.message ?? "",
    reasons,
    clients: failures.reduce((sum, { clients }) => sum + clients, 0),
    ...(place.units === 1 && first ? { unit: first.unit } : {}),
  };
}

/** How many units on systems are how far. */
export function countRows(byState: Readonly<Record<PhaseState, number>>): Record<RowState | "all", number> {
  const counts = { all: 0, working: 0, waiting: 0, failed: 0, done: 0 };
  for (const [state, count] of Object.entries(byState) as [PhaseState, number][]) {
    counts.all += count;
    counts[ROW_STATE_OF[state]] += count;
  }
  return counts;
}
