import { RUN_KINDS, unitKey } from "@sitewright/protocol";
import { leftOutFailure, notInSiteData } from "../../domain/runs/plan-run.ts";
import { needsContent, phasesToRetry, placeOf, prepared, retried } from "../../domain/runs/retry.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import { gathered } from "../../domain/runs/selection.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunStore } from "../ports/runs.ts";
import { someAtOnce } from "../some-at-once.ts";
import type { Board } from "./board.ts";
import { problemsOf, type IndexSources, type Sources } from "./index-sources.ts";

export interface PrepareAgainDeps {
  board: Board;
  fleet: Fleet;
  indexSources: IndexSources;
  clock: Clock;
}

/** More runs than the run store keeps. */
const ALL_RUNS = 10_000;

/** Units on systems that a run created later works on, or has changed. */
export async function takenOver(runStore: RunStore, run: Run): Promise<Set<string>> {
  if (!RUN_KINDS[run.kind].changesUnits) return new Set();
  const newer = (await runStore.runs(ALL_RUNS)).filter(({ kind, createdAt }) => RUN_KINDS[kind].changesUnits && createdAt > run.createdAt);
  const phases = (await Promise.all(newer.map(({ id }) => runStore.phases(id)))).flat();
  return new Set(phases.filter(({ state }) => state !== "cancelled" && state !== "skipped").map(placeOf));
}

/** What a retry that ended with an earlier coordinator still has to open. */
export async function interruptedRetry(runStore: RunStore, board: Pick<Board, "read">, run: Run): Promise<Phase[]> {
  return phasesToRetry(await board.read(run.id), await takenOver(runStore, run));
}

export interface OpeningDeps extends PrepareAgainDeps {
  /** Does this while the run cannot end; what it opened of a cancelled run is cancelled. */
  open(run: string, give: () => Promise<unknown>): Promise<void>;
}

/** Opens these phases again, with the current content of their sources, and the run with them. */
export async function prepareAgain(
  { board, fleet, indexSources, clock, open }: OpeningDeps,
  run: Run,
  { selected, phases }: { selected: Sources; phases: readonly Phase[] },
  signal: AbortSignal,
): Promise<void> {
  const places = new Set(phases.filter(needsContent).map(placeOf));
  const assignments = selected.assignments.filter((assignment) => places.has(placeOf(assignment)));
  const facts = await indexSources(run, { ...selected, assignments }, signal);
  if (signal.aborted) return;
  const generation = await fleet.next();
  // An activation alone continues with what was staged; if more is repeated, everything is, as a new generation.
  const repeated = new Set(phases.filter((phase) => phase.after === undefined || needsContent(phase)).map(placeOf));
  const again = new Set(phases.map(({ id }) => id));
  await open(run.id, async () => {
    await someAtOnce(phases, async (phase) => {
      const key = unitKey(phase.unit);
      const known = needsContent(phase) ? (facts.get(key) ?? notInSiteData(key)) : undefined;
      const { leftOut, facts: own } = known && "leftOut" in known ? { ...known, facts: undefined } : { leftOut: undefined, facts: known };
      const comesFirst = phase.after === undefined || !again.has(phase.after);
      await board.change(phase.id, [phase.state], (before) =>
        leftOut && comesFirst
          ? { ...before, state: "failed", outcome: leftOutFailure(leftOut), endedAt: clock() }
          : retried(before, repeated.has(placeOf(phase)) ? { facts: own, generation } : undefined),
      );
    });
    await board.changeRun(run.id, ["preparing"], (preparing) => {
      const ready = prepared(preparing, "running");
      const known = ready.problems.filter(({ leftOut, unit }) => !leftOut || unit === undefined || !facts.has(unit));
      return { ...ready, problems: gathered([...known, ...problemsOf(facts, [])]) };
    });
  });
}

/** Gives an order that waited the present content of its source, and all that its run does with this unit on this system with it. */
export async function renew(
  { board, fleet, indexSources }: PrepareAgainDeps,
  phase: Phase,
  { run, selected }: { run: Run; selected: Sources },
  signal: AbortSignal,
): Promise<void> {
  const place = placeOf(phase);
  const assignments = selected.assignments.filter((assignment) => placeOf(assignment) === place);
  const facts = (await indexSources(run, { ...selected, assignments }, signal)).get(unitKey(phase.unit));
  const own = (await board.read(run.id)).filter((one) => placeOf(one) === place);
  // A source that cannot be used now is found by the order itself, as in any run.
  if (signal.aborted || !facts || "leftOut" in facts || own.every(({ manifest = facts.manifest }) => manifest === facts.manifest)) return;
  const generation = await fleet.next();
  // Sources take long to read: it may have been cancelled meanwhile.
  if (board.get(phase.id)?.state !== "waiting") return;
  for (const one of own)
    await board.change(one.id, [one.state], (before) => retried(before, { facts: needsContent(one) ? facts : undefined, generation }));
}
