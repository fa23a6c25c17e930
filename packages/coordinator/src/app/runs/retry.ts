import { RUN_KINDS, SitewrightError, unitKey } from "@sitewright/protocol";
import { leftOutFailure, notInSiteData } from "../../domain/runs/plan-run.ts";
import { gathered } from "../../domain/runs/selection.ts";
import { needsContent, phasesToRetry, placeOf, retried } from "../../domain/runs/retry.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import type { Board } from "./board.ts";
import type { Fleet } from "../agents/fleet.ts";
import { problemsOf, type IndexSources } from "./index-sources.ts";
import type { Clock, RunStore } from "../ports.ts";
import type { Preparer, Selected } from "./prepare.ts";

/** More runs than the run store keeps. */
const ALL_RUNS = 10_000;

/**
 * Tries again what failed in a run that has ended. Units whose content is looked at are indexed anew, so that a source that was
 * mended, or changed since, is taken as it is now. Throws `CONFLICT` when there is nothing to retry; else `record` is called first.
 */
export function createRetry({
  board,
  runStore,
  preparer,
}: {
  board: Board;
  runStore: RunStore;
  preparer: Preparer;
}): (run: Run, record: () => Promise<void>) => Promise<Run> {
  return async (run, record) => {
    if (run.endedAt === undefined) throw conflict(run, `is ${run.state}: it can be retried once it has ended`);
    if (run.state === "cancelled") throw conflict(run, "was cancelled: start a new one");
    const phases = await runStore.phases(run.id);
    const again = phasesToRetry(phases, await takenOver(runStore, run));
    // A run that could not even be planned is prepared from the beginning.
    if (again.length === 0 && !run.error) {
      throw conflict(
        run,
        run.state === "done"
          ? "has nothing to retry: all of it is done"
          : "has nothing to retry that no newer run took over: start a new one",
      );
    }
    const selected = await preparer.select(run.kind, run.options);
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

/** Places that a run created later works on, or has changed. */
async function takenOver(runStore: RunStore, run: Run): Promise<Set<string>> {
  if (!RUN_KINDS[run.kind].changesUnits) return new Set();
  const newer = (await runStore.runs(ALL_RUNS)).filter(({ kind, createdAt }) => RUN_KINDS[kind].changesUnits && createdAt > run.createdAt);
  const phases = (await Promise.all(newer.map(({ id }) => runStore.phases(id)))).flat();
  return new Set(phases.filter(({ state }) => state !== "cancelled" && state !== "skipped").map(placeOf));
}

export interface PrepareAgainDeps {
  board: Board;
  fleet: Fleet;
  indexSources: IndexSources;
  clock: Clock;
}

/** Opens these phases again, with what their sources hold now, and the run with them. */
export async function prepareAgain(
  { board, fleet, indexSources, clock }: PrepareAgainDeps,
  run: Run,
  { selected, phases }: { selected: Selected; phases: readonly Phase[] },
  signal: AbortSignal,
): Promise<Run | undefined> {
  const places = new Set(phases.filter(needsContent).map(placeOf));
  const assignments = selected.assignments.filter((assignment) => places.has(placeOf(assignment)));
  const facts = await indexSources(run, { ...selected, assignments }, signal);
  if (signal.aborted) return undefined;
  const generation = await fleet.next();
  // Where more than an activation is done again, all of it is, as a new generation; an activation alone goes on with what was staged.
  const anew = new Set(phases.filter((phase) => phase.after === undefined || needsContent(phase)).map(placeOf));
  const again = new Set(phases.map(({ id }) => id));
  for (const phase of phases) {
    const key = unitKey(phase.unit);
    const known = needsContent(phase) ? (facts.get(key) ?? notInSiteData(key)) : undefined;
    const { leftOut, facts: own } = known && "leftOut" in known ? { ...known, facts: undefined } : { leftOut: undefined, facts: known };
    const comesFirst = phase.after === undefined || !again.has(phase.after);
    await board.change(phase.id, [phase.state], (before) =>
      leftOut && comesFirst
        ? { ...before, state: "failed", outcome: leftOutFailure(leftOut), endedAt: clock() }
        : retried(before, anew.has(placeOf(phase)) ? { facts: own, generation } : undefined),
    );
  }
  return board.changeRun(run.id, ["preparing"], (prepared) => ({
    ...prepared,
    state: "running",
    problems: gathered([
      ...prepared.problems.filter(({ leftOut, unit }) => !leftOut || unit === undefined || !facts.has(unit)),
      ...problemsOf(facts, []),
    ]),
  }));
}
