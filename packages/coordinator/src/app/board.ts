import type { Progress } from "@sitewright/protocol";
import { ENDED, type Phase, type PhaseState, type Run, type RunState, type WaitReason } from "../domain/run.ts";
import type { LivePublisher } from "./live-view.ts";
import type { Ledger } from "./ports.ts";
import type { Signals } from "./signals.ts";

export const OPEN: readonly PhaseState[] = ["waiting", "released", "running"];
export const UNDER_WAY: readonly PhaseState[] = ["released", "running"];

/** Open runs asked for at start; more are never open at once in practice, ended ones among them are skipped. */
const RUNS_LOOKED_AT = 10_000;

/**
 * The open runs and phases in memory, as the ledger has them, with what changes too often to be stored: progress, bytes sent,
 * and what a phase waits for. Every change goes to the ledger first, then to those who watch.
 */
export interface Board {
  /** Reads all from the ledger again. */
  load(): Promise<void>;
  runs(): ReadonlyMap<string, Run>;
  phases(): readonly Phase[];
  get(id: string): Phase | undefined;
  /** Also of phases that ended, while their run is open. */
  stateOf(id: string): PhaseState | undefined;
  statesOf(run: string): PhaseState[];
  createRun(run: Run): Promise<void>;
  /** Opens a run that has ended, with all its phases as they ended; undefined when it is open already. */
  reopenRun(run: Run, phases: readonly Phase[]): Promise<Run | undefined>;
  /** Undefined when the run has ended or is in none of the states. */
  changeRun(id: string, from: readonly RunState[], change: (run: Run) => Run): Promise<Run | undefined>;
  addPhases(run: string, phases: Phase[]): Promise<void>;
  change(id: string, from: readonly PhaseState[], change: (phase: Phase) => Phase): Promise<Phase | undefined>;
  progress(id: string, progress: Omit<Progress, "kind" | "orderId">): void;
  sent(id: string, bytes: number): void;
  waitingFor(phase: Phase, reason: WaitReason): void;
  /** Phases of a run as the ledger has them, with what is known only here. */
  read(run: string): Promise<Phase[]>;
}

export function createBoard({ ledger, live, signals }: { ledger: Ledger; live: LivePublisher; signals: Signals }): Board {
  let runs = new Map<string, Run>();
  let open = new Map<string, Phase>();
  /** States of all phases of the open runs. */
  let states = new Map<string, Map<string, PhaseState>>();
  let changes = 0;

  async function load(): Promise<void> {
    for (;;) {
      const before = changes;
      const readRuns = (await ledger.runs(RUNS_LOOKED_AT)).filter((run) => run.endedAt === undefined);
      const readPhases = await Promise.all(readRuns.map(async (run) => [run.id, await ledger.phases(run.id)] as const));
      if (changes !== before) continue;
      runs = new Map(readRuns.map((run) => [run.id, run]));
      states = new Map(readPhases.map(([run, phases]) => [run, new Map(phases.map((phase) => [phase.id, phase.state]))]));
      const stillOpen = readPhases.flatMap(([, phases]) => phases.filter((phase) => !ENDED.has(phase.state)));
      open = new Map(stillOpen.map((phase) => [phase.id, withMeters(phase, open.get(phase.id))]));
      return;
    }
  }

  function keep(phase: Phase): void {
    changes += 1;
    states.get(phase.run)?.set(phase.id, phase.state);
    if (ENDED.has(phase.state)) open.delete(phase.id);
    else open.set(phase.id, phase);
  }

  function stored(run: Run): void {
    changes += 1;
    if (run.endedAt !== undefined) {
      runs.delete(run.id);
      states.delete(run.id);
    }
    live.run(run);
  }

  function meter(id: string, change: (phase: Phase) => Phase): void {
    const phase = open.get(id);
    if (!phase) return;
    open.set(id, change(phase));
    live.phaseSoon(id, () => open.get(id));
  }

  return {
    load,
    runs: () => runs,
    phases: () => [...open.values()],
    get: (id) => open.get(id),
    stateOf(id) {
      const phase = open.get(id);
      if (phase) return phase.state;
      for (const ofRun of states.values()) {
        const state = ofRun.get(id);
        if (state) return state;
      }
      return undefined;
    },
    statesOf: (run) => [...(states.get(run)?.values() ?? [])],
    async createRun(run) {
      await ledger.createRun(run);
      runs.set(run.id, run);
      states.set(run.id, new Map());
      stored(run);
    },
    async reopenRun(run, phases) {
      if (runs.has(run.id)) return undefined;
      runs.set(run.id, run);
      states.set(run.id, new Map(phases.map((phase) => [phase.id, phase.state])));
      try {
        await ledger.saveRun(run);
      } catch (error) {
        runs.delete(run.id);
        states.delete(run.id);
        throw error;
      }
      stored(run);
      return run;
    },
    async changeRun(id, from, change) {
      const run = runs.get(id);
      if (!run || !from.includes(run.state)) return undefined;
      const changed = change(run);
      runs.set(id, changed);
      try {
        await ledger.saveRun(changed);
      } catch (error) {
        runs.set(id, run);
        throw error;
      }
      stored(changed);
      return changed;
    },
    async addPhases(run, phases) {
      await ledger.addPhases(run, phases);
      for (const phase of phases) {
        keep(phase);
        live.phase(phase);
      }
    },
    async change(id, from, change) {
      const changed = await ledger.changePhase(id, from, (before) => {
        const { waitingFor: _, ...phase } = change(withMeters(before, open.get(id)));
        return phase;
      });
      if (!changed) return undefined;
      keep(changed);
      live.phase(changed);
      signals.notify(id);
      return changed;
    },
    progress: (id, progress) => meter(id, (phase) => ({ ...phase, progress })),
    sent: (id, bytes) => meter(id, (phase) => ({ ...phase, wireBytes: phase.wireBytes + bytes })),
    waitingFor(phase, reason) {
      if (phase.waitingFor !== reason && open.get(phase.id)?.state === "waiting")
        meter(phase.id, (current) => ({ ...current, waitingFor: reason }));
    },
    async read(run) {
      return (await ledger.phases(run)).map((phase) => {
        const known = open.get(phase.id);
        return known && known.state === phase.state && known.epoch === phase.epoch ? known : phase;
      });
    },
  };
}

/** A stored phase with what only memory knows of it. */
function withMeters(stored: Phase, known: Phase | undefined): Phase {
  if (!known) return stored;
  return { ...stored, wireBytes: Math.max(stored.wireBytes, known.wireBytes), ...(known.progress ? { progress: known.progress } : {}) };
}
