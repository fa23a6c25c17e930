import { unitKey, runTotals, type RunTotals, type Unit } from "@sitewright/protocol";
import type { Phase, RunRow } from "@sitewright/protocol/api";
import { contentBar, type ContentBar } from "./content-bar.ts";

/** One unit on one system, with all its phases of a run. */
export interface UnitRow {
  key: string;
  system: string;
  unit: Unit;
  /** In the order of the plan. */
  phases: Phase[];
  /** The phase that determines its state. */
  current: Phase;
}

/** None where the phases are gone from the store. */
export function unitRows(rows: readonly RunRow[]): UnitRow[] {
  return rows.flatMap(({ system, unit, phases, current: id }) => {
    const current = phases.find((phase) => phase.id === id);
    return current ? [{ key: `${system}/${unitKey(unit)}`, system, unit, phases, current }] : [];
  });
}

/** Content figures of some phases; computed only for drawn rows. */
export function contentOf(phases: readonly Phase[]): { totals: RunTotals; bar: ContentBar } {
  const totals = runTotals(phases);
  return { totals, bar: contentBar(totals) };
}
