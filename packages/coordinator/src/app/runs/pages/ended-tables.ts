import { tableOf, type RunTable } from "../../../domain/runs/table/run-table.ts";
import type { RunStore } from "../../ports/runs.ts";
import { stepThrough } from "../../step-through.ts";

/** Phases of all tables together that stay in memory; one table stays however large it is. */
const MOST_PHASES = 1_000_000;

/** Tables of runs that have ended; those that were used last stay in memory. */
export interface EndedTables {
  /** From memory, or read. */
  of(run: string): Promise<RunTable>;
  keep(run: string, table: RunTable): void;
  /** Its phases may have changed. */
  forget(run: string): void;
}

export function createEndedTables(runStore: Pick<RunStore, "phases">): EndedTables {
  /** The one that was used last is the last. */
  const tables = new Map<string, RunTable>();
  const reading = new Map<string, Promise<RunTable>>();

  function keep(run: string, table: RunTable): void {
    tables.delete(run);
    tables.set(run, table);
    let phases = [...tables.values()].reduce((sum, { tally }) => sum + tally().phases, 0);
    for (const [id, oldest] of tables) {
      if (phases <= MOST_PHASES || id === run) return;
      phases -= oldest.tally().phases;
      tables.delete(id);
    }
  }

  async function read(run: string): Promise<RunTable> {
    try {
      const { value } = await stepThrough(tableOf(await runStore.phases(run)));
      if (reading.has(run)) keep(run, value);
      return value;
    } finally {
      reading.delete(run);
    }
  }

  return {
    async of(run) {
      const known = tables.get(run);
      if (known) {
        keep(run, known);
        return known;
      }
      const started = reading.get(run) ?? read(run);
      reading.set(run, started);
      return started;
    },
    keep,
    forget(run) {
      tables.delete(run);
      reading.delete(run);
    },
  };
}
