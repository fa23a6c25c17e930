import { ENDED, type PhaseState, type Progress, type WaitReason } from "@sitewright/protocol";
import { createBacklog, type Backlog } from "../../domain/runs/backlog.ts";
import { OPEN, waitsFor, type WaitDetails } from "../../domain/runs/phase.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import type { LivePublisher } from "../live/live-view.ts";
import { createRunTable, type RunTable } from "../../domain/runs/table/run-table.ts";
import { createBoardIndex, type BoardIndex } from "./board-index.ts";

/** The open runs with all of their phases. */
export interface BoardMemory {
  readonly runs: ReadonlyMap<string, Run>;
  /** Phases that have not ended. */
  readonly open: ReadonlyMap<string, Phase>;
  readonly index: BoardIndex;
  readonly backlog: Backlog;
  /** Includes ended phases while their run is open, and a minute longer. */
  find(id: string): Phase | undefined;
  /** In the order of the plan; undefined where the run is not open. */
  phasesOf(run: string): ReadonlyMap<string, Phase> | undefined;
  /** Of an open run. */
  table(run: string): RunTable | undefined;
  /** Adds a run, or its new state: with the given phases, else with the known ones. */
  keepRun(run: Run, reopened?: Reopened): void;
  dropRun(id: string): void;
  /** Runs that ended lately, with their phases: Redis may have lost how these ended before it stored that of the run. */
  lately(): ReadonlyMap<string, EndedRun>;
  /** As it is stored now. */
  keep(phase: Phase): void;
  /** What only memory knows of an open phase: progress, and what it waits for. Ended phases are not changed. */
  alter(id: string, change: (phase: Phase) => Phase): void;
}

export interface EndedRun {
  run: Run;
  phases: ReadonlyMap<string, Phase>;
}

/** A run that had ended, with all of its phases. */
export interface Reopened {
  phases: readonly Phase[];
  table: RunTable;
}

/** Longer than it takes until run store and memory are reconciled, ms. */
const LATELY_MS = 60_000;

export function createBoardMemory(): BoardMemory {
  const lately = new Map<string, EndedRun>();
  const runs = new Map<string, Run>();
  const phases = new Map<string, Map<string, Phase>>();
  const open = new Map<string, Phase>();
  const tables = new Map<string, RunTable>();
  const index = createBoardIndex(({ id }) => open.has(id));
  const backlog = createBacklog(find);

  function find(id: string): Phase | undefined {
    const phase = open.get(id);
    if (phase) return phase;
    for (const ofRun of phases.values()) {
      const ended = ofRun.get(id);
      if (ended) return ended;
    }
    for (const { phases: ofRun } of lately.values()) {
      const ended = ofRun.get(id);
      if (ended) return ended;
    }
    return undefined;
  }

  function remember(ended: EndedRun): void {
    const { id } = ended.run;
    lately.set(id, ended);
    const forget = (): unknown => lately.get(id) === ended && lately.delete(id);
    setTimeout(forget, LATELY_MS).unref();
  }

  return {
    runs,
    open,
    index,
    backlog,
    find,
    phasesOf: (run) => phases.get(run),
    lately: () => lately,
    table: (run) => tables.get(run),
    keepRun(run, reopened) {
      const all = reopened?.phases;
      lately.delete(run.id);
      const isOther = runs.get(run.id)?.state !== run.state;
      runs.set(run.id, run);
      if (all) phases.set(run.id, new Map(all.map((phase) => [phase.id, phase])));
      else if (!phases.has(run.id)) phases.set(run.id, new Map());
      if (reopened) tables.set(run.id, reopened.table);
      else if (!tables.has(run.id)) tables.set(run.id, createRunTable());
      if (all || !index.counts(run.id)) index.open(run.id, phases.get(run.id)?.values() ?? []);
      if (isOther) backlog.touch();
    },
    dropRun(id) {
      const [run, all] = [runs.get(id), phases.get(id)];
      if (run?.endedAt !== undefined && all) remember({ run, phases: all });
      runs.delete(id);
      phases.delete(id);
      tables.delete(id);
      index.close(id);
    },
    keep(phase) {
      const ofRun = phases.get(phase.run);
      const before = ofRun?.get(phase.id);
      const current = withMeters(phase, open.get(phase.id));
      if (ofRun) tables.get(phase.run)?.put(before, current, (id) => ofRun.get(id));
      ofRun?.set(phase.id, current);
      if (ENDED.has(phase.state)) open.delete(phase.id);
      else open.set(phase.id, current);
      index.put(before, current);
      backlog.put(current);
    },
    alter(id, change) {
      const phase = open.get(id);
      if (!phase) return;
      const changed = change(phase);
      open.set(id, changed);
      const ofRun = phases.get(phase.run);
      if (ofRun) tables.get(phase.run)?.put(ofRun.get(id), changed, (other) => ofRun.get(other));
      ofRun?.set(id, changed);
      if (changed.progress?.step !== phase.progress?.step || changed.stalledSince !== phase.stalledSince) backlog.advanced(changed);
    },
  };
}

/** A stored phase with what only memory knows of it. */
export function withMeters(stored: Phase, known: Phase | undefined): Phase {
  if (!known) return stored;
  return { ...stored, wireBytes: Math.max(stored.wireBytes, known.wireBytes), ...(known.progress ? { progress: known.progress } : {}) };
}

export type StoreChange = (id: string, from: readonly PhaseState[], change: (phase: Phase) => Phase) => Promise<Phase | undefined>;

/** State that changes too often to be stored each time: progress, bytes sent, and what a phase waits for. */
export interface Meters {
  progress(id: string, progress: Omit<Progress, "kind" | "orderId">): void;
  sent(id: string, bytes: number): void;
  /** @param since Time of the last progress, ms since 1970; undefined: it advances. */
  stalled(id: string, since: number | undefined): void;
  /** @param since When its agent disconnected, ms since 1970; undefined: it is connected. */
  lost(id: string, since: number | undefined): void;
  waitingFor(phase: Phase, reason: WaitReason, details: WaitDetails): void;
  /** Stores progress and bytes sent since the last time. */
  saveMeters(): Promise<void>;
}

export function createMeters(memory: BoardMemory, live: LivePublisher, storeChange: StoreChange): Meters {
  /** Phases whose progress or bytes rose since they were stored. */
  const unsaved = new Set<string>();

  function meter(id: string, change: (phase: Phase) => Phase): void {
    if (!memory.open.has(id)) return;
    memory.alter(id, change);
    live.phaseSoon(id, () => memory.open.get(id));
  }

  return {
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
    lost(id, since) {
      meter(id, (phase) => {
        const { lostSince: _, ...rest } = phase;
        return since === undefined ? rest : { ...rest, lostSince: since };
      });
    },
    waitingFor({ id }, reason, details) {
      const known = memory.open.get(id);
      const changed = known && waitsFor(known, reason, details);
      if (changed && changed !== known) meter(id, () => changed);
    },
    async saveMeters() {
      const ids = [...unsaved];
      unsaved.clear();
      for (const id of ids) {
        await storeChange(id, OPEN, (phase) => phase);
      }
    },
  };
}
