import { ENDED_WELL, RUN_KINDS, type PhaseState, type RunKind } from "@sitewright/protocol";
import type { RunTable } from "./run-table.ts";

/** A run that determines the state of systems. */
export interface RecentRun {
  kind: RunKind;
  table: RunTable;
}

/** The newest run about a unit of a system. */
export interface LatestRow<Recent extends RecentRun = RecentRun> {
  of: Recent;
  row: number;
}

/** For each unit of a system, by key, the newest of these runs that was about it. @param runs Newest first. */
export function latestRows<Recent extends RecentRun>(runs: readonly Recent[], name: string): Map<string, LatestRow<Recent>> {
  const latest = new Map<string, LatestRow<Recent>>();
  for (const of of runs) {
    const { rows } = of.table;
    const system = rows.systems.find(name);
    for (const row of system === undefined ? [] : rows.ofSystem(system)) {
      const unit = rows.units.text(rows.unitOf(row));
      if (!latest.has(unit)) latest.set(unit, { of, row });
    }
  }
  return latest;
}

/** Whether one of these runs was about a unit of a system. */
export function isAbout(runs: readonly RecentRun[], name: string, key: string): boolean {
  return runs.some(({ table: { rows } }) => {
    const [system, unit] = [rows.systems.find(name), rows.units.find(key)];
    return system !== undefined && unit !== undefined && rows.ofUnit(system, unit) !== undefined;
  });
}

/** How the work on a system stands, if its last runs say something. `rebuilt`: everything that is assigned to it was proved or brought. */
export function workState(
  latest: ReadonlyMap<string, LatestRow>,
  assigned: readonly string[],
): "working" | "failed" | "rebuilt" | undefined {
  const states = new Set<PhaseState>();
  for (const { of, row } of latest.values()) states.add(of.table.rows.stateOf(row));
  if (states.has("running") || states.has("released")) return "working";
  if (states.has("failed")) return "failed";
  const isRight = (key: string): boolean => {
    const last = latest.get(key);
    if (!last) return false;
    const { rollsOut, differences } = RUN_KINDS[last.of.kind];
    return (rollsOut || differences === "reported") && ENDED_WELL.has(last.of.table.rows.stateOf(last.row));
  };
  return assigned.length > 0 && assigned.every(isRight) ? "rebuilt" : undefined;
}
