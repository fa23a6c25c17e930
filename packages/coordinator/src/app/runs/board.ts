import { ENDED, type Progress, type PhaseState, type RunState, type WaitReason } from "@sitewright/protocol";
import { laterOf } from "../../domain/runs/phase.ts";
import { type Phase, type Run } from "../../domain/runs/run.ts";
import { waitsFor } from "../../domain/runs/waiting.ts";
import type { WindowWait } from "../../domain/addresses/window-wait.ts";
import type { LivePublisher } from "./live-view.ts";
import type { RunStore } from "../ports.ts";
import type { Signals } from "../signals.ts";

export const OPEN: readonly PhaseState[] = ["waiting", "released", "running"];
export const UNDER_WAY: readonly PhaseState[] = ["released", "running"];
const ANY: readonly PhaseState[] = [...OPEN, ...ENDED];

/** Runs looked at for those that are open; more are never open at once in practice. */
const RUNS_LOOKED_AT = 10_000;

/**
 * The open runs and their phases in memory, as the run store has them, with what changes too often to be stored at once: progress,
 * bytes sent, and what a phase waits for. Every change goes to the run store first, then to those who watch.
 */
export interface Board {
  /** Reads all from the run store, which another coordinator left. */
  load(): Promise<void>;
  /** Makes run store and memory one again after the run store may have lost its last changes: what either of them lacks it gets. */
  reconcile(): Promise<void>;
  runs(): ReadonlyMap<string, Run>;
  /** Those that have not ended. */
  phases(): readonly Phase[];
  get(id: string): Phase | undefined;
  /** Also what ended, while its run is open. */
  find(id: string): Phase | undefined;
  statesOf(run: string): PhaseState[];
  /** False when another run has the id. */
  createRun(run: Run): Promise<boolean>;
  /** Opens a run that has ended, with all its phases as they ended; undefined when it is open already. */
  reopenRun(run: Run, phases: readonly Phase[]): Promise<Run | undefined>;
  /** Undefined when the run has ended or is in none of the states. */
  changeRun(id: string, from: readonly RunState[], change: (run: Run) => Run): Promise<Run | undefined>;
  addPhases(run: string, phases: Phase[]): Promise<void>;
  change(id: string, from: readonly PhaseState[], change: (phase: Phase) => Phase): Promise<Phase | undefined>;
  progress(id: string, progress: Omit<Progress, "kind" | "orderId">): void;
  sent(id: string, bytes: number): void;
  /** @param since When something advanced last, ms since 1970; undefined: it advances. */
  stalled(id: string, since: number | undefined): void;
  /** `window`: with `window-closed` and `address-paused`. */
  waitingFor(phase: Phase, reason: WaitReason, window?: WindowWait): void;
  /** Stores progress and bytes sent since the last time. */
  saveMeters(): Promise<void>;
  /** All phases of a run, in the order of the plan. */
  read(run: string): Promise<Phase[]>;
}

export function createBoard({ runStore, live, signals }: { runStore: RunStore; live: LivePublisher; signals: Signals }): Board {
  const runs = new Map<string, Run>();
  /** All phases of the open runs, by run, in the order of the plan. */
  const phases = new Map<string, Map<string, Phase>>();
  const open = new Map<string, Phase>();
  /** Phases whose progress or bytes rose since they were stored. */
  const unsaved = new Set<string>();

  async function readOpenRuns(): Promise<Run[]> {
    return (await runStore.runs(RUNS_LOOKED_AT)).filter((run) => run.endedAt === undefined);
  }

  async function loadRun(run: Run): Promise<void> {
    const stored = await runStore.phases(run.id);
    runs.set(run.id, run);
    phases.set(run.id, phases.get(run.id) ?? new Map());
    for (const phase of stored) keep(phase);
  }

  function find(id: string): Phase | undefined {
    const phase = open.get(id);
    if (phase) return phase;
    for (const ofRun of phases.values()) {
      const ended = ofRun.get(id);
      if (ended) return ended;
    }
    return undefined;
  }

  function keep(phase: Phase): void {
    const current = withMeters(phase, open.get(phase.id));
    phases.get(phase.run)?.set(phase.id, current);
    if (ENDED.has(phase.state)) open.delete(phase.id);
    else open.set(phase.id, current);
  }

  function tell(phase: Phase): void {
    live.phase(phase);
    signals.notify(phase.id);
  }

  function keepRun(run: Run): void {
    if (run.endedAt !== undefined) {
      runs.delete(run.id);
      phases.delete(run.id);
    } else runs.set(run.id, run);
    live.run(run);
  }

  function meter(id: string, change: (phase: Phase) => Phase): void {
    const phase = open.get(id);
    if (!phase) return;
    const changed = change(phase);
    open.set(id, changed);
    phases.get(phase.run)?.set(id, changed);
    live.phaseSoon(id, () => open.get(id));
  }

  function storeChange(id: string, from: readonly PhaseState[], change: (phase: Phase) => Phase): Promise<Phase | undefined> {
    return runStore.changePhase(id, from, (before) => {
      const { waitingFor: _, window: __, stalledSince: ___, ...phase } = change(withMeters(before, open.get(id)));
      return phase;
    });
  }

  /** The run store refused a change that by our account is due: it has the phase in another state, or lost it. */
  async function askStore(id: string, due: Phase): Promise<"lost" | "other"> {
    const stored = await runStore.phase(id);
    if (!stored) {
      await reconcileRun(due.run);
      return "lost";
    }
    if (find(id)?.state === due.state) keep(stored);
    return "other";
  }

  async function reconcileRun(id: string): Promise<void> {
    const run = runs.get(id);
    const known = phases.get(id);
    if (!run || !known) return;
    const storedRun = await runStore.run(id);
    if (storedRun?.endedAt !== undefined) return keepRun(storedRun);
    if (storedRun?.state !== run.state) await runStore.saveRun(runs.get(id) ?? run);
    const stored = await runStore.phases(id);
    const ids = new Set(stored.map((phase) => phase.id));
    const missing = [...known.values()].filter((phase) => !ids.has(phase.id));
    if (missing.length > 0) await runStore.addPhases(id, missing);
    for (const phase of stored) await reconcilePhase(phase);
  }

  async function reconcilePhase(stored: Phase): Promise<void> {
    const known = find(stored.id);
    if (known && known.state === stored.state && known.epoch === stored.epoch) return;
    const later = await storeChange(stored.id, ANY, (now) => laterOf(find(stored.id) ?? now, now));
    if (!later) return;
    keep(later);
    tell(later);
  }

  return {
    async load() {
      for (const run of await readOpenRuns()) await loadRun(run);
    },
    async reconcile() {
      for (const id of runs.keys()) await reconcileRun(id);
      for (const run of await readOpenRuns()) if (!runs.has(run.id)) await loadRun(run);
    },
    runs: () => runs,
    phases: () => [...open.values()],
    get: (id) => open.get(id),
    find,
    statesOf: (run) => Array.from(phases.get(run)?.values() ?? [], ({ state }) => state),
    async createRun(run) {
      if (!(await runStore.createRun(run))) return false;
      phases.set(run.id, phases.get(run.id) ?? new Map());
      keepRun(run);
      return true;
    },
    async reopenRun(run, ended) {
      if (runs.has(run.id)) return undefined;
      runs.set(run.id, run);
      phases.set(run.id, new Map(ended.map((phase) => [phase.id, phase])));
      try {
        await runStore.saveRun(run);
      } catch (error) {
        runs.delete(run.id);
        phases.delete(run.id);
        throw error;
      }
      live.run(run);
      return run;
    },
    async changeRun(id, from, change) {
      const run = runs.get(id);
      if (!run || !from.includes(run.state)) return undefined;
      const changed = change(run);
      runs.set(id, changed);
      try {
        await runStore.saveRun(changed);
      } catch (error) {
        runs.set(id, run);
        throw error;
      }
      keepRun(changed);
      return changed;
    },
    async addPhases(run, added) {
      await runStore.addPhases(run, added);
      for (const phase of added) {
        keep(phase);
        live.phase(phase);
      }
    },
    async change(id, from, change) {
      const due = find(id);
      let changed = await storeChange(id, from, change);
      if (!changed && due && from.includes(due.state) && (await askStore(id, due)) === "lost")
        changed = await storeChange(id, from, change);
      if (!changed) return undefined;
      keep(changed);
      tell(changed);
      return changed;
    },
    progress(id, progress) {
      meter(id, (phase) => ({ ...phase, progress }));
      unsaved.add(id);
    },
    sent(id, bytes) {
      meter(id, (phase) => ({ ...phase, wireBytes: phase.wireBytes + bytes }));
      unsaved.add(id);
    },
    stalled(id, since) {
      meter(id, (phase) => {
        const { stalledSince: _, ...rest } = phase;
        return since === undefined ? rest : { ...rest, stalledSince: since };
      });
    },
    waitingFor({ id }, reason, window) {
      const known = open.get(id);
      const changed = known && waitsFor(known, reason, window);
      if (changed && changed !== known) meter(id, () => changed);
    },
    async saveMeters() {
      const ids = [...unsaved];
      unsaved.clear();
      for (const id of ids) {
        await storeChange(id, OPEN, (phase) => phase);
      }
    },
    async read(run) {
      return [...(phases.get(run)?.values() ?? (await runStore.phases(run)))];
    },
  };
}

/** A stored phase with what only memory knows of it. */
function withMeters(stored: Phase, known: Phase | undefined): Phase {
  if (!known) return stored;
  return { ...stored, wireBytes: Math.max(stored.wireBytes, known.wireBytes), ...(known.progress ? { progress: known.progress } : {}) };
}
