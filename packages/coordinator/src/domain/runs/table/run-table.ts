import { addToTally, emptyTally, mendedBy, totalsOf, type RunTotals, type Tally } from "@sitewright/protocol";
import { eachSliced } from "../../slices.ts";
import type { Phase } from "../run.ts";
import { createNames, type Names } from "./columns.ts";
import { createFailures, type Failures } from "./failures.ts";
import { createHolds, type Holds } from "./holds.ts";
import { createRows, type Rows } from "./rows.ts";

/** Some phases of a run, counted. */
export interface Group {
  tally: Readonly<Tally>;
  /** Pairs of a system and a unit. */
  units: number;
  /** Rises with each change. */
  version: number;
}

/** A run as a table of units and systems, with counters that each change of a phase keeps current. */
export interface RunTable {
  readonly rows: Rows;
  readonly failures: Failures;
  readonly holds: Holds;
  /** Rises with each change. */
  readonly version: number;
  totals(): RunTotals;
  tally(): Readonly<Tally>;
  /** Something of it was activated or undone. */
  changedSystems(): boolean;
  /** By the number of the system in `rows.systems`. */
  ofSystem(system: number): Group;
  /** Addresses that the run crosses; empty text: the coordinator's own network. */
  readonly lines: Names;
  ofLine(line: number): Group;
  /** A phase was added or has changed. @param find Finds phases that were put before. */
  put(before: Phase | undefined, after: Phase, find: (id: string) => Phase | undefined): void;
}

export function createRunTable(): RunTable {
  const rows = createRows();
  const [failures, holds] = [createFailures(), createHolds()];
  const lines = createNames();
  const all = emptyTally();
  const [bySystem, byLine] = [createGroups(), createGroups()];
  const mended = new Set<string>();
  const unreachable = new Set<string>();
  let version = 0;
  let changes = 0;

  function count(phase: Phase, times: 1 | -1): void {
    if ((phase.task === "activate" || phase.task === "undo") && phase.state === "done") changes += times;
    const counting = { mended: mended.has(phase.id), times };
    addToTally(all, phase, counting);
    addToTally(bySystem(rows.systems.number(phase.system)).tally, phase, counting);
    addToTally(byLine(lines.number(phase.address ?? "")).tally, phase, counting);
  }

  /** A staging counts what the verification before it counted. */
  function mend(before: Phase | undefined, after: Phase, find: (id: string) => Phase | undefined): void {
    const [was, is] = [before && mendedBy(before), mendedBy(after)];
    if (was === is) return;
    for (const id of [was, is]) {
      const verification = id === undefined ? undefined : find(id);
      if (verification) count(verification, -1);
      if (id !== undefined && id === is) mended.add(id);
      else if (id !== undefined) mended.delete(id);
      if (verification) count(verification, 1);
    }
  }

  return {
    rows,
    failures,
    holds,
    lines,
    get version() {
      return version;
    },
    totals: () => totalsOf(all, rows.count, [...unreachable].sort()),
    tally: () => all,
    changedSystems: () => changes > 0,
    ofSystem: bySystem,
    ofLine: byLine,
    put(before, after, find) {
      version += 1;
      if (before) count(before, -1);
      count(after, 1);
      mend(before, after, find);
      const known = rows.count;
      rows.put(after);
      const system = bySystem(rows.systems.number(after.system));
      system.version += 1;
      if (rows.count > known) {
        system.units += 1;
        byLine(lines.number(after.address ?? "")).units += 1;
      }
      failures.put(after);
      holds.put(before, after);
      if (system.tally.unreachable > 0) unreachable.add(after.system);
      else unreachable.delete(after.system);
    },
  };
}

/** Phases of a run that were read, as a table. Yields periodically. */
export function* tableOf(phases: readonly Phase[]): Generator<void, RunTable> {
  const table = createRunTable();
  const byId = new Map<string, Phase>();
  yield* eachSliced(phases, (phase) => {
    table.put(undefined, phase, (id) => byId.get(id));
    byId.set(phase.id, phase);
  });
  return table;
}

interface CountedGroup extends Group {
  tally: Tally;
}

function createGroups(): (number: number) => CountedGroup {
  const groups: CountedGroup[] = [];
  return (number) => (groups[number] ??= { tally: emptyTally(), units: 0, version: 0 });
}
