import { totalsOf } from "@sitewright/protocol";
import { withCondition } from "../../../domain/runs/phase.ts";
import type { Group, RunTable } from "../../../domain/runs/table/run-table.ts";
import type { RunStore } from "../../ports/runs.ts";
import type { Board } from "../board.ts";
import type { RunGroup, StatedPhase } from "./run-views.ts";

export interface PhaseLookup {
  /** From memory while their run is open, else from the run store. */
  phasesOf(ids: readonly string[]): Promise<StatedPhase[]>;
  /** A system of a run in numbers, with what it does now. */
  systemGroup(table: RunTable, system: number): Promise<RunGroup>;
}

export function createPhaseLookup({ board, runStore }: { board: Pick<Board, "find">; runStore: Pick<RunStore, "phase"> }): PhaseLookup {
  async function phasesOf(ids: readonly string[]): Promise<StatedPhase[]> {
    const found = await Promise.all(ids.map(async (id) => board.find(id) ?? runStore.phase(id)));
    return found.flatMap((phase) => (phase ? [withCondition(phase)] : []));
  }

  return {
    phasesOf,
    async systemGroup(table, system) {
      const group = groupView(table.rows.systems.text(system), table.ofSystem(system));
      const telling = tellingPhase(table, system);
      const [now] = telling === undefined ? [] : await phasesOf([telling]);
      return now ? { ...group, now } : group;
    },
  };
}

export function groupView(key: string, { tally, units }: Group): RunGroup {
  const { settledBytes, leftBytes } = tally;
  return { key, totals: totalsOf(tally, units, []), settledBytes, leftBytes };
}

/** The phase that tells most about a system at this moment: one that runs, or else what the first that waits waits for. */
function tellingPhase({ rows }: RunTable, system: number): string | undefined {
  let waiting: number | undefined;
  for (const row of rows.ofSystem(system)) {
    const state = rows.stateOf(row);
    if (state === "running") return rows.currentId(row);
    if (state === "waiting" && rows.conditionOf(row) !== "queued") waiting ??= row;
  }
  return waiting === undefined ? undefined : rows.currentId(waiting);
}
