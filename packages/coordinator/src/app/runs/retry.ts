import { SitewrightError } from "@sitewright/protocol";
import { phasesToRetry } from "../../domain/runs/retry.ts";
import type { Run } from "../../domain/runs/run.ts";
import type { Board } from "./board.ts";
import type { RunStore } from "../ports/runs.ts";
import { takenOver } from "./prepare-again.ts";
import type { Preparer } from "./prepare.ts";
import type { RunGuard } from "../recovery/run-guard.ts";

/**
 * Retries what failed in a run that has ended. Units whose content is needed are indexed again, so that a source that was mended or changed
 * since is used as it is now. Throws `CONFLICT` when there is nothing to retry, and as a new run would; else `record` is called first.
 */
export function createRetry({
  board,
  runStore,
  preparer,
  guard,
}: {
  board: Board;
  runStore: RunStore;
  preparer: Preparer;
  guard: Pick<RunGuard, "check">;
}): (run: Run, record: () => Promise<void>) => Promise<Run> {
  return async (run, record) => {
    if (run.endedAt === undefined) throw conflict(run, `is ${run.state}: it can be retried once it has ended`);
    if (run.state === "cancelled") throw conflict(run, "was cancelled: start a new one");
    const phases = await runStore.phases(run.id);
    const again = phasesToRetry(phases, await takenOver(runStore, run));
    // A run that could not be planned is prepared from the beginning.
    if (again.length === 0 && !run.error) {
      throw conflict(
        run,
        run.state === "done"
          ? "has nothing to retry: all of it is done"
          : "has nothing to retry that no newer run took over: start a new one",
      );
    }
    const selected = await preparer.select(run.kind, run.options);
    await guard.check(run.kind, selected);
    await record();
    const { endedAt: _, error: __, ...rest } = run;
    const reopened = await board.reopenRun({ ...rest, state: "preparing", retrying: true }, phases);
    if (!reopened) throw conflict(run, "is being retried already");
    preparer.begin(reopened, selected, again);
    return reopened;
  };
}

function conflict({ id }: Run, what: string): SitewrightError {
  return new SitewrightError("CONFLICT", `run ${id} ${what}`);
}
