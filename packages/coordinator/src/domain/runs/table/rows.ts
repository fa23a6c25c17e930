import { CONDITIONS, conditionOf, PHASE_STATES, unitKey, type Condition, type PhaseState } from "@sitewright/protocol";
import type { Phase } from "../run.ts";
import { createColumn, createNames, type Names } from "./columns.ts";
import { createIds } from "./ids.ts";

/** States of phases that determine that of their unit, the most important first. */
const PRECEDENCE: readonly PhaseState[] = ["failed", "running", "released", "waiting", "cancelled", "skipped", "done", "unneeded"];
const RANKS = PHASE_STATES.map((state) => PRECEDENCE.indexOf(state));
const STATE_NUMBERS = new Map(PHASE_STATES.map((state, number) => [state, number]));
const CONDITION_NUMBERS = new Map(CONDITIONS.map((condition, number) => [condition, number + 1]));
const DONE = PRECEDENCE.indexOf("done");

/** The units of a run on its systems, by numbers: a few bytes for each phase. Rows count from 0, in the order of the plan. */
export interface Rows {
  readonly systems: Names;
  /** Keys of units. */
  readonly units: Names;
  readonly count: number;
  /** How many rows are in each state. */
  byState(): Readonly<Record<PhaseState, number>>;
  /** How many of those that have not ended are in each condition. */
  byCondition(): Readonly<Record<Condition, number>>;
  systemOf(row: number): number;
  unitOf(row: number): number;
  /** Of the phase that determines it. */
  stateOf(row: number): PhaseState;
  /** The same; undefined: it has ended. */
  conditionOf(row: number): Condition | undefined;
  currentId(row: number): string;
  /** Rows of a system. */
  ofSystem(system: number): Iterable<number>;
  ofUnit(system: number, unit: number): number | undefined;
  /** Of the phases of a row, in the order of the plan. */
  idsOf(row: number): string[];
  statesOf(row: number): PhaseState[];
  put(phase: Phase): void;
}

export function createRows(): Rows {
  const [systems, units] = [createNames(), createNames()];
  const ids = createIds();
  // Of phases, by number. `next`: of the same row, the number and one; 0: it is the last.
  const [placed, states, conditions] = [createColumn(1), createColumn(1), createColumn(1)];
  const [next, rowOf] = [createColumn(4), createColumn(4)];
  // Of rows. `first`: the number of its first phase, and `current`: of the one that determines its state.
  const [systemOf, unitOf, first, current] = [createColumn(4), createColumn(4), createColumn(4), createColumn(4)];
  const bySystem: Map<number, number>[] = [];
  const byState = Object.fromEntries(PHASE_STATES.map((state) => [state, 0])) as Record<PhaseState, number>;
  const byCondition = Object.fromEntries(CONDITIONS.map((condition) => [condition, 0])) as Record<Condition, number>;
  let count = 0;

  const stateAt = (phase: number): PhaseState => PHASE_STATES[states.get(phase)] ?? "waiting";
  const conditionAt = (phase: number): Condition | undefined => CONDITIONS[conditions.get(phase) - 1];

  function numbersOf(row: number): number[] {
    const numbers: number[] = [];
    for (let phase = first.get(row) + 1; phase !== 0; phase = next.get(phase - 1)) numbers.push(phase - 1);
    return numbers;
  }

  function tally(row: number, times: 1 | -1): void {
    byState[stateAt(current.get(row))] += times;
    const condition = conditionAt(current.get(row));
    if (condition) byCondition[condition] += times;
  }

  /** Of phases in the same state the first, but of those that are done the last. */
  function determining(row: number): number {
    let best = first.get(row);
    let rank = RANKS[states.get(best)] ?? 0;
    for (let phase = next.get(best); phase !== 0; phase = next.get(phase - 1)) {
      const own = RANKS[states.get(phase - 1)] ?? 0;
      if (own > rank || (own === rank && own !== DONE)) continue;
      best = phase - 1;
      rank = own;
    }
    return best;
  }

  function addPhase({ system, unit, number, id }: Phase): number {
    const [systemAt, unitAt] = [systems.number(system), units.number(unitKey(unit))];
    const ofSystem = (bySystem[systemAt] ??= new Map());
    ids.set(number, id);
    const known = ofSystem.get(unitAt);
    if (known === undefined) {
      ofSystem.set(unitAt, count);
      systemOf.set(count, systemAt);
      unitOf.set(count, unitAt);
      first.set(count, number);
      rowOf.set(number, count);
      return count++;
    }
    insert(known, number);
    rowOf.set(number, known);
    return known;
  }

  /** Phases may arrive in any order when they are read again. */
  function insert(row: number, number: number): void {
    if (number < first.get(row)) {
      next.set(number, first.get(row) + 1);
      first.set(row, number);
      return;
    }
    let before = first.get(row);
    for (const phase of numbersOf(row)) if (phase < number) before = phase;
    next.set(number, next.get(before));
    next.set(before, number + 1);
  }

  return {
    systems,
    units,
    get count() {
      return count;
    },
    byState: () => byState,
    byCondition: () => byCondition,
    systemOf: systemOf.get,
    unitOf: unitOf.get,
    stateOf: (row) => stateAt(current.get(row)),
    conditionOf: (row) => conditionAt(current.get(row)),
    currentId: (row) => ids.get(current.get(row)) ?? "",
    ofSystem: (system) => bySystem[system]?.values() ?? [],
    ofUnit: (system, unit) => bySystem[system]?.get(unit),
    idsOf: (row) => numbersOf(row).flatMap((phase) => ids.get(phase) ?? []),
    statesOf: (row) => numbersOf(row).map(stateAt),
    put(phase) {
      const { number, state } = phase;
      const isNew = placed.get(number) === 0;
      const knownRows = count;
      const row = isNew ? addPhase(phase) : rowOf.get(number);
      placed.set(number, 1);
      if (row < knownRows) tally(row, -1);
      states.set(number, STATE_NUMBERS.get(state) ?? 0);
      const condition = conditionOf(phase);
      conditions.set(number, condition ? (CONDITION_NUMBERS.get(condition) ?? 0) : 0);
      current.set(row, determining(row));
      tally(row, 1);
    },
  };
}
