import { runTotals, SitewrightError, type RunTotals } from "@sitewright/protocol";
import type { Phase, Run } from "../../../domain/runs/run.ts";
import type { LivePublisher } from "../../live/live-view.ts";
import type { Board } from "../board.ts";

/** Phases of one answer: more are read page by page. As JSON they are some 150 MB. */
const MOST_PHASES = 200_000;

export interface WholeRunDeps {
  board: Pick<Board, "tableOf" | "read">;
  live: Pick<LivePublisher, "sequence">;
}

/** A run with all of its phases; throws `RUN_TOO_LARGE`. @param find Throws `NOT_FOUND`. */
export function createWholeRun({ board, live }: WholeRunDeps, find: (id: string) => Promise<Run>, most = MOST_PHASES) {
  return async (id: string): Promise<{ run: Run; phases: Phase[]; totals: RunTotals; sequence: number }> => {
    const sequence = live.sequence();
    const run = await find(id);
    const { phases: count } = (await board.tableOf(id)).tally();
    if (count > most)
      throw new SitewrightError(
        "RUN_TOO_LARGE",
        `run ${id} has ${count} steps, and an answer with all of them ${most} at most: read its summary and its units page by page`,
      );
    const phases = await board.read(id);
    return { run, phases, totals: runTotals(phases), sequence };
  };
}
