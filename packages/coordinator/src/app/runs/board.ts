import { ENDED, type PhaseState, type RunState, type WaitReason } from "@sitewright/protocol";
import type { Backlog } from "../../domain/runs/backlog.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import { createPackedPhases } from "../../domain/runs/table/packed-phases.ts";
import { tableOf, type RunTable } from "../../domain/runs/table/run-table.ts";
import type { PhaseCounts } from "./board-index.ts";
import { createBoardMemory, createMeters, withMeters, type Meters, type StoreChange } from "./board-memory.ts";
import { createReconciler } from "./board-reconciler.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { RunStore } from "../ports/runs.ts";
import { oneAtATimeByKey } from "../one-at-a-time.ts";
import { stepThrough } from "../step-through.ts";
import { createEndedTables } from "./pages/ended-tables.ts";
import { eachSliced } from "../../domain/slices.ts";
import type { Signals } from "../signals.ts";

/** Number of runs searched for open ones; more are never open at once in practice. */
const RUNS_LOOKED_AT = 10_000;

/**
 * The open runs and their phases in memory, mirroring the run store, with their counters. Every change goes to the run store first, then to
 * subscribers.
 */
export interface Board extends Meters {
  /** Reads everything that an earlier coordinator stored. @param now ms since 1970. */
  load(now: number): Promise<void>;
  /** Reconciles run store and memory after the run store may have lost its last changes: each gets what only the other has. */
  reconcile(): Promise<void>;
  runs(): ReadonlyMap<string, Run>;
  /** Those that have not ended; each look makes new objects. */
  phases(): IteratorObject<Phase>;
  get(id: string): Phase | undefined;
  /** What an open phase is known to wait for. */
  reasonOf(id: string): WaitReason | undefined;
  /** Those that are released or running. */
  underWay(): Phase[];
  /** Their ids. */
  idsUnderWay(): ReadonlySet<string>;
  /** Open phases of a system. */
  ofSystem(system: string): Phase[];
  /** How many these are. */
  countOfSystem(system: string): number;
  /** Systems with an open phase. */
  systems(): Iterable<string>;
  /** By system, ids of waiting phases that only ask it. */
  asking(): ReadonlyMap<string, ReadonlySet<string>>;
  /** Includes ended phases while their run is open. */
  find(id: string): Phase | undefined;
  /** False until an open run has been planned. */
  hasPhases(run: string): boolean;
  /** How many phases of an open run are in each state; undefined: it is not open. */
  counts(run: string): Readonly<PhaseCounts> | undefined;
  /** A run as a table, whether it is open or has ended. */
  tableOf(run: string): Promise<RunTable>;
  /** What waits, and what of it may be released. */
  backlog: Pick<Backlog, "choose" | "touch">;
  /**
   * Decides about a phase, and stores that, while nothing else that asks for its turn decides about it: a release, a result, which may open the
   * phase before it again, and a cancel.
   */
  inTurn<T>(id: string, decide: () => Promise<T>): Promise<T>;
  /** False when another run has the id. */
  createRun(run: Run): Promise<boolean>;
  /** Opens a run that has ended, with all its phases as they ended; undefined when it is open already. */
  reopenRun(run: Run, phases: readonly Phase[]): Promise<Run | undefined>;
  /** Undefined when the run has ended or is in none of the states. */
  changeRun(id: string, from: readonly RunState[], change: (run: Run) => Run): Promise<Run | undefined>;
  addPhases(run: string, phases: Phase[]): Promise<void>;
  change(id: string, from: readonly PhaseState[], change: (phase: Phase) => Phase): Promise<Phase | undefined>;
  /** All phases of a run, in the order of the plan. */
  read(run: string): Promise<Phase[]>;
}

/** A coordinator that was killed may have stored the end of a run, but not again what Redis had lost of its phases; ms. */
const LATELY_MS = 300_000;

/** The open phases of one run. */
export function phasesOf(board: Pick<Board, "phases">, run: string): Phase[] {
  return board
    .phases()
    .filter((phase) => phase.run === run)
    .toArray();
}

/** A phase without what only memory knows of it, and without what its end has settled: a cancel, and progress where the outcome says more. */
function stored(phase: Phase): Phase {
  const { waitingFor: _, window: __, stalledSince: ___, undecided: ____, lostSince: _____, cancelBy, progress, ...rest } = phase;
  if (rest.state === "done") return rest;
  const known = progress ? { ...rest, progress } : rest;
  return cancelBy === undefined || ENDED.has(rest.state) ? known : { ...known, cancelBy };
}

export function createBoard({ runStore, live, signals }: { runStore: RunStore; live: LivePublisher; signals: Signals }): Board {
  const memory = createBoardMemory();
  const endedTables = createEndedTables(runStore);
  const { runs, open, find, index, backlog } = memory;
  const openPhases = (ids: ReadonlySet<string>): Phase[] => [...ids].flatMap((id) => open.get(id) ?? []);
  const storeChange: StoreChange = (id, from, change) =>
    runStore.changePhase(id, from, (before) => {
      return stored(change(withMeters(before, open.get(id))));
    });
  /** By run: its changes one after the other, for one that fails is taken back to what was before it. */
  const inTurnOfRun = oneAtATimeByKey();
  const reconciler = createReconciler({ runStore, memory, storeChange, keepRun, take });

  async function readOpenRuns(): Promise<Run[]> {
    return (await runStore.runs(RUNS_LOOKED_AT)).filter((run) => run.endedAt === undefined);
  }

  async function loadRun(run: Run): Promise<void> {
    const stored = await runStore.phases(run.id);
    // Redis lost them, and has the run again: it is planned once more, for without any it would count as done.
    memory.keepRun(stored.length === 0 && run.state === "running" ? { ...run, state: "preparing" } : run);
    for (const phase of stored) memory.keep(phase);
  }

  /** Redis has the end of the run, but lost that of a phase, which is then carried out again: its agent answers what it did. */
  async function openAgain(run: Run): Promise<void> {
    if ((await runStore.phases(run.id)).every(({ state }) => ENDED.has(state))) return;
    const { endedAt: _, ...opened }: Run = run.state === "cancelled" ? run : { ...run, state: "running" };
    await runStore.saveRun(opened);
    await loadRun(opened);
  }

  /** A phase was changed in the run store. */
  function take(phase: Phase): void {
    memory.keep(phase);
    if (!runs.has(phase.run)) endedTables.forget(phase.run);
    live.phase(phase);
    signals.notify(phase.id);
  }

  function keepRun(run: Run): void {
    // Who stores an end and who compares with the run store may both notice it: what is kept of the run must not be replaced by nothing.
    if (run.endedAt !== undefined && !runs.has(run.id)) return;
    memory.keepRun(run);
    if (run.endedAt !== undefined) end(run.id);
    live.run(run);
    // What follows those that are under way may have to wait now.
    for (const phase of openPhases(index.underWay())) if (phase.run === run.id) signals.notify(phase.id);
  }

  function end(run: string): void {
    const table = memory.table(run);
    memory.dropRun(run);
    if (table && table.tally().phases > 0) endedTables.keep(run, table);
  }

  async function changeNow(id: string, from: readonly RunState[], change: (run: Run) => Run): Promise<Run | undefined> {
    const run = runs.get(id);
    if (!run || !from.includes(run.state)) return undefined;
    const changed = change(run);
    memory.keepRun(changed);
    try {
      await runStore.saveRun(changed);
    } catch (error) {
      if (runs.has(id)) memory.keepRun(run);
      throw error;
    }
    keepRun(changed);
    return changed;
  }

  return {
    ...createMeters(memory, live, storeChange),
    async load(now) {
      for (const run of await runStore.runs(RUNS_LOOKED_AT)) {
        if (run.endedAt === undefined) await loadRun(run);
        else if (run.endedAt > now - LATELY_MS) await openAgain(run);
      }
    },
    async reconcile() {
      for (const id of runs.keys()) await reconciler.run(id);
      // After those that are open: one may have ended meanwhile.
      for (const ended of memory.lately().values()) await reconciler.ended(ended);
      for (const run of await readOpenRuns()) if (!runs.has(run.id)) await loadRun(run);
    },
    runs: () => runs,
    phases: () => open.values(),
    get: (id) => open.get(id),
    find,
    reasonOf: (id) => open.reasonOf(id),
    underWay: () => openPhases(index.underWay()),
    idsUnderWay: () => index.underWay(),
    ofSystem: (system) => openPhases(index.ofSystem(system)),
    countOfSystem: (system) => index.ofSystem(system).size,
    systems: index.systems,
    asking: index.asking,
    hasPhases: (run) => (memory.phasesOf(run)?.size ?? 0) > 0,
    counts: index.counts,
    tableOf: async (run) => memory.table(run) ?? endedTables.of(run),
    backlog,
    inTurn: oneAtATimeByKey(),
    async createRun(run) {
      if (!(await runStore.createRun(run))) return false;
      keepRun(run);
      return true;
    },
    async reopenRun(run, ended) {
      const { value: table } = await stepThrough(tableOf(ended));
      const phases = createPackedPhases();
      await stepThrough(eachSliced(ended, phases.set));
      if (runs.has(run.id)) return undefined;
      endedTables.forget(run.id);
      memory.keepRun(run, { phases, table });
      try {
        await runStore.saveRun(run);
      } catch (error) {
        memory.dropRun(run.id);
        throw error;
      }
      live.run(run);
      return run;
    },
    async changeRun(id, from, change) {
      if (!runs.has(id)) return undefined;
      return inTurnOfRun(id, () => changeNow(id, from, change));
    },
    async addPhases(run, added) {
      await runStore.addPhases(run, added);
      const take = eachSliced(added, (phase) => {
        memory.keep(phase);
        live.phase(phase);
      });
      await stepThrough(take);
    },
    async change(id, from, change) {
      const due = find(id);
      // Redis may have lost its end, and gets it again.
      if (due && ENDED.has(due.state) && !from.includes(due.state)) return undefined;
      let changed = await storeChange(id, from, change);
      if (!changed && due && from.includes(due.state) && (await reconciler.refused(id, due)) === "lost")
        changed = await storeChange(id, from, change);
      if (!changed) return undefined;
      take(changed);
      return changed;
    },
    async read(run) {
      return [...(memory.phasesOf(run)?.values() ?? (await runStore.phases(run)))];
    },
  };
}
