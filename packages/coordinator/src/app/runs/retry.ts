import { RUN_KINDS, SitewrightError } from "@sitewright/protocol";
import { phasesToRetry, placeOf } from "../../domain/runs/retry.ts";
import type { Run } from "../../domain/runs/run.ts";
import type { Board } from "./board.ts";
import type { RunStore } from "../ports.ts";
import type { Preparer } from "./prepare.ts";
import type { RunGuard } from "../recovery/run-guard.ts";

/** More runs than the run store keeps. */
const ALL_RUNS = 10_000;

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
    const reopened = await board.reopenRun({ ...rest, state: "preparing" }, phases);
    if (!reopened) throw conflict(run, "is being retried already");
    preparer.begin(reopened, selected, again);
    return reopened;
  };
}

function conflict({ id }: Run, what: string): SitewrightError {
  return new SitewrightError("CONFLICT", `run ${id} ${what}`);
}

/** Units on systems that a run created later works on, or has changed. */
async function takenOver(runStore: RunStore, run: Run): Promise<Set<string>> {
  if (!RUN_KINDS[run.kind].changesUnits) return new Set();
  const newer = (await runStore.runs(ALL_RUNS)).filter(({ kind, createdAt }) => RUN_KINDS[kind].changesUnits && createdAt > run.createdAt);
  const phases = (await Promise.all(newer.map(({ id }) => runStore.phases(id)))).flat();
  return new Set(phases.filter(({ state }) => state !== "cancelled" && state !== "skipped").map(placeOf));
}
