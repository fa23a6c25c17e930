import { RUN_KINDS } from "@sitewright/protocol";
import type { RecentRun } from "../../../domain/runs/table/latest.ts";
import type { Run } from "../../../domain/runs/run.ts";
import type { RunStore } from "../../ports/runs.ts";
import type { Board } from "../board.ts";

/** Ended runs whose units determine the state of the hierarchy, beside those that are open. */
const RECENT_ENDED = 3;
/** Runs that are looked at. */
const LAST = 10;

export interface Recent extends RecentRun {
  run: Run;
}

/** The runs that are open and the last that ended, newest first, without dry runs: they determine the state of systems. */
export async function recentRuns(board: Pick<Board, "tableOf">, runStore: Pick<RunStore, "runs">): Promise<Recent[]> {
  const runs = (await runStore.runs(LAST)).filter(({ kind }) => !RUN_KINDS[kind].isDryRun);
  const ended = new Set(runs.filter(({ endedAt }) => endedAt !== undefined).slice(0, RECENT_ENDED));
  const recent = runs.filter((run) => run.endedAt === undefined || ended.has(run));
  return Promise.all(recent.map(async (run) => ({ run, kind: run.kind, table: await board.tableOf(run.id) })));
}
