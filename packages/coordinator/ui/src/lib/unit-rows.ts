import { unitKey, runTotals, type Unit, type PhaseState, type RunTotals } from "@sitewright/protocol";
import type { Phase } from "@sitewright/protocol/api";
import { contentBar, type ContentBar } from "./content-bar.ts";

/** One unit on one system, with all its phases of a run. */
export interface UnitRow {
  key: string;
  system: string;
  site: string;
  unit: Unit;
  state: PhaseState;
  /** In the order of the plan. */
  phases: Phase[];
  /** The phase that determines its state. */
  current: Phase;
}

/** The states that determine a unit's state, most important first. */
const PRECEDENCE: readonly PhaseState[] = ["failed", "running", "released", "waiting", "cancelled", "skipped", "done", "unneeded"];

export function unitRows(phases: readonly Phase[]): UnitRow[] {
  const groups = Map.groupBy(phases, (phase) => `${phase.system}/${unitKey(phase.unit)}`);
  return [...groups].flatMap(([key, own]) => {
    const current = currentOf(own);
    if (!current) return [];
    const { system, site, unit, state } = current;
    return [{ key, system, site, unit, state, phases: own, current }];
  });
}

/** Content figures of some phases; computed only for drawn rows. */
export function contentOf(phases: readonly Phase[]): { totals: RunTotals; bar: ContentBar } {
  const totals = runTotals(phases);
  return { totals, bar: contentBar(totals) };
}

function currentOf(phases: readonly Phase[]): Phase | undefined {
  for (const state of PRECEDENCE) {
    // If it is done the last step is shown, else the first.
    const found = state === "done" ? phases.findLast((phase) => phase.state === state) : phases.find((phase) => phase.state === state);
    if (found) return found;
  }
  return undefined;
}

export type StateFilter = "all" | "working" | "waiting" | "failed" | "done";

export interface UnitFilter {
  state: StateFilter;
  /** Empty: all. */
  system: string;
  /** Part of a unit's or a system's name. */
  text: string;
}

const FILTERED: Record<Exclude<StateFilter, "all">, readonly PhaseState[]> = {
  working: ["released", "running"],
  waiting: ["waiting"],
  failed: ["failed", "skipped", "cancelled"],
  done: ["done", "unneeded"],
};

export function matches(row: UnitRow, { state, system, text }: UnitFilter): boolean {
  if (state !== "all" && !FILTERED[state].includes(row.state)) return false;
  if (system !== "" && row.system !== system) return false;
  const wanted = text.trim().toLowerCase();
  return wanted === "" || `${row.system} ${unitKey(row.unit)}`.toLowerCase().includes(wanted);
}

export function countByFilter(rows: readonly UnitRow[]): Record<StateFilter, number> {
  const count = (state: StateFilter) => rows.filter((row) => matches(row, { state, system: "", text: "" })).length;
  return { all: rows.length, working: count("working"), waiting: count("waiting"), failed: count("failed"), done: count("done") };
}

export interface Group {
  key: string;
  phases: Phase[];
  totals: RunTotals;
  bar: ContentBar;
}

/** The phases of a run grouped by `keyOf`, sorted by it. */
export function groupPhases(phases: readonly Phase[], keyOf: (phase: Phase) => string): Group[] {
  return [...Map.groupBy(phases, keyOf)]
    .map(([key, own]) => ({ key, phases: own, ...contentOf(own) }))
    .sort((a, b) => a.key.localeCompare(b.key));
}
