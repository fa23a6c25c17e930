import fc from "fast-check";
import { expect, test } from "vitest";
import { conditionOf, PHASE_STATES, runTotals, unitKey, WAIT_REASONS, type Outcome, type PhaseState } from "@sitewright/protocol";
import { aPhase } from "../../../../../protocol/test-support/phases.ts";
import { aReport } from "../../../../../protocol/test-support/reports.ts";
import { finish } from "../../slices.ts";
import type { Phase } from "../run.ts";
import { createRunTable, tableOf, type RunTable } from "./run-table.ts";

const OUTCOMES: readonly Outcome[] = [
  { kind: "staged", files: 2, reusedBytes: 40, fetchedBytes: 60, retriedBytes: 1, peerBytes: 7 },
  { kind: "failed", code: "AGENT_UNREACHABLE", message: "it is away", retryable: true },
  { kind: "estimated", files: 1, sourceBytes: 100, presentBytes: 30, indexAgeMs: 1 },
  aReport({ right: false, bytes: 55 }),
];

/** A change of one phase: what happens to it next. */
const anyChange = fc.record({
  phase: fc.nat({ max: 1_000 }),
  state: fc.constantFrom(...PHASE_STATES),
  waitingFor: fc.option(fc.constantFrom(...WAIT_REASONS), { nil: undefined }),
  outcome: fc.option(fc.constantFrom(...OUTCOMES), { nil: undefined }),
  wireBytes: fc.nat({ max: 1_000 }),
  fetchedBytes: fc.option(fc.nat({ max: 50 }), { nil: undefined }),
});
type AnyChange = typeof anyChange extends fc.Arbitrary<infer Change> ? Change : never;
const anyPlace = fc.record({ system: fc.nat({ max: 3 }), name: fc.nat({ max: 3 }) });

/** Verification, staging and activation of each place. */
function planned(places: readonly { system: number; name: number }[]): Phase[] {
  const distinct = new Map(places.map((place) => [`${place.system} ${place.name}`, place]));
  return [...distinct.values()].flatMap(({ system, name }, place) =>
    (["verify", "stage", "activate"] as const).map((task, step) => ({
      ...aPhase({ id: `${place}-${step}`, number: place * 3 + step, task, state: "waiting", sourceBytes: 100, files: 2 }),
      system: `S${system}`,
      unit: { role: "dp" as const, name: `ABC0000${name}` },
      ...(system > 1 ? { address: `line-${system}` } : {}),
      ...(step > 0 ? { after: `${place}-${step - 1}` } : { beforeRepair: true as const }),
    })),
  );
}

function changed(phase: Phase, { state, waitingFor, outcome, wireBytes, fetchedBytes }: AnyChange): Phase {
  const { waitingFor: _, outcome: __, progress: ___, ...rest } = phase;
  const progress = { step: "fetching" as const, files: 1, reusedBytes: 5, fetchedBytes: fetchedBytes ?? 0, retriedBytes: 0 };
  return {
    ...rest,
    state,
    wireBytes,
    ...(waitingFor === undefined ? {} : { waitingFor }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(fetchedBytes === undefined ? {} : { progress }),
  };
}

/** Puts all phases, and changes them one by one. */
function play(places: readonly { system: number; name: number }[], changes: readonly AnyChange[]): { table: RunTable; phases: Phase[] } {
  const table = createRunTable();
  const phases = new Map<string, Phase>();
  const put = (phase: Phase): void => {
    table.put(phases.get(phase.id), phase, (id) => phases.get(id));
    phases.set(phase.id, phase);
  };
  for (const phase of planned(places)) put(phase);
  for (const change of changes) {
    const phase = [...phases.values()][change.phase % phases.size];
    if (phase) put(changed(phase, change));
  }
  return { table, phases: [...phases.values()] };
}

const anyRun = [fc.array(anyPlace, { minLength: 1, maxLength: 8 }), fc.array(anyChange, { maxLength: 40 })] as const;

test("after any changes, the counters of a run, of each system and of each line equal a recount", () => {
  fc.assert(
    fc.property(...anyRun, (places, changes) => {
      const { table, phases } = play(places, changes);
      expect(table.totals()).toEqual(runTotals(phases));
      for (const [system, own] of Map.groupBy(phases, (phase) => phase.system)) {
        const { tally, units } = table.ofSystem(table.rows.systems.number(system));
        expect({ ...tally, units }).toMatchObject({ ...runTotals(own), unreachable: expect.any(Number) as number });
      }
      for (const [line, own] of Map.groupBy(phases, ({ address = "" }) => address))
        expect(table.ofLine(table.lines.number(line)).tally.wireBytes).toBe(runTotals(own).wireBytes);
    }),
  );
});

test("after any changes, units are counted by state and condition as their phases say, and each is in that of its most important phase", () => {
  const ranks: readonly PhaseState[] = ["failed", "running", "released", "waiting", "cancelled", "skipped", "done", "unneeded"];
  fc.assert(
    fc.property(...anyRun, (places, changes) => {
      const { rows } = play(places, changes).table;
      const { phases } = play(places, changes);
      const groups = [...Map.groupBy(phases, ({ system, unit }) => `${system} ${unitKey(unit)}`)];
      expect(rows.count).toBe(groups.length);
      const seen = { states: {} as Record<string, number>, conditions: {} as Record<string, number> };
      for (const [row, [key, own]] of groups.entries()) {
        const [is, condition] = [rows.stateOf(row), rows.conditionOf(row)];
        const state = ranks.find((one) => own.some((phase) => phase.state === one));
        expect([`${rows.systems.text(rows.systemOf(row))} ${rows.units.text(rows.unitOf(row))}`, is]).toEqual([key, state]);
        const current = own.find(({ id }) => id === rows.currentId(row));
        expect([current?.state, current && conditionOf(current)]).toEqual([is, condition]);
        seen.states[is] = (seen.states[is] ?? 0) + 1;
        if (condition) seen.conditions[condition] = (seen.conditions[condition] ?? 0) + 1;
        expect(rows.idsOf(row)).toEqual(own.map(({ id }) => id));
      }
      expect(rows.byState()).toMatchObject(seen.states);
      expect(rows.byCondition()).toMatchObject(seen.conditions);
    }),
  );
});

test("a run that is read in any order makes the table that it had while it was open", () => {
  fc.assert(
    fc.property(...anyRun, fc.nat(), (places, changes, turn) => {
      const { table, phases } = play(places, changes);
      const at = turn % phases.length;
      const read = finish(tableOf([...phases.slice(at), ...phases.slice(0, at)]));
      expect(read.totals()).toEqual(table.totals());
      expect(read.rows.byState()).toEqual(table.rows.byState());
      expect([...read.failures.failed.keys()].toSorted((a, b) => a - b)).toEqual(
        [...table.failures.failed.keys()].toSorted((a, b) => a - b),
      );
    }),
  );
});
