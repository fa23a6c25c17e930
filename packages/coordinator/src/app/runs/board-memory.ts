import { ENDED, type PhaseState, type Progress, type WaitReason } from "@sitewright/protocol";
import { createBacklog, type Backlog } from "../../domain/runs/backlog.ts";
import { OPEN, waitsFor, type WaitDetails } from "../../domain/runs/phase.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import type { LivePublisher } from "../live/live-view.ts";
import { createPackedPhases, type PackedPhases } from "../../domain/runs/table/packed-phases.ts";
import { createRunTable, type RunTable } from "../../domain/runs/table/run-table.ts";
import { someAtOnce } from "../some-at-once.ts";
import { createBoardIndex, type BoardIndex } from "./board-index.ts";

/** The open runs with all of their phases. */
export interface BoardMemory {
  readonly runs: ReadonlyMap<string, Run>;
  /** Phases that have not ended. */
  readonly open: OpenPhases;
  readonly index: BoardIndex;
  readonly backlog: Backlog;
  /** Includes ended phases while their run is open, and a minute longer. */
  find(id: string): Phase | undefined;
  /** In the order of the plan; undefined where the run is not open. */
  phasesOf(run: string): KnownPhases | undefined;
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

/** The phases of a run; each look makes a new object. */
export type KnownPhases = Pick<PackedPhases, "size" | "get" | "values">;

export interface OpenPhases {
  get(id: string): Phase | undefined;
  has(id: string): boolean;
  /** What it is known to wait for. */
  reasonOf(id: string): WaitReason | undefined;
  values(): Generator<Phase, void>;
}

export interface EndedRun {
  run: Run;
  phases: KnownPhases;
}

/** A run that had ended, with all of its phases. */
export interface Reopened {
  phases: PackedPhases;
  table: RunTable;
}

/** Phases of which progress is stored at a time: few, because others wait for what they store. */
const SAVED_AT_ONCE = 8;

/** Longer than it takes until run store and memory are reconciled, ms. */
const LATELY_MS = 60_000;

export function createBoardMemory(): BoardMemory {
  const lately = new Map<string, EndedRun>();
  const runs = new Map<string, Run>();
  const phases = new Map<string, PackedPhases>();
  /** Phases that have not ended although their run has: Redis had lost their ends. */
  const strays = new Map<string, Phase>();
  const open = createOpenPhases(phases, strays);
  const tables = new Map<string, RunTable>();
  const index = createBoardIndex(({ id }) => open.has(id));
  const backlog = createBacklog(find);

  function find(id: string): Phase | undefined {
    const stray = strays.get(id);
    if (stray) return stray;
    for (const ofRun of phases.values()) {
      const phase = ofRun.get(id);
      if (phase) return phase;
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
      lately.delete(run.id);
      const isOther = runs.get(run.id)?.state !== run.state;
      runs.set(run.id, run);
      if (reopened) phases.set(run.id, reopened.phases);
      else if (!phases.has(run.id)) phases.set(run.id, createPackedPhases());
      if (reopened) tables.set(run.id, reopened.table);
      else if (!tables.has(run.id)) tables.set(run.id, createRunTable());
      if (reopened || !index.counts(run.id)) index.open(run.id, phases.get(run.id)?.values() ?? []);
      if (isOther) backlog.touch();
    },
    dropRun(id) {
      const [run, all, counts] = [runs.get(id), phases.get(id), index.counts(id)];
      if (all && counts && OPEN.some((state) => counts[state] > 0))
        for (const phase of all.values()) if (!ENDED.has(phase.state)) strays.set(phase.id, phase);
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
      if (ofRun || ENDED.has(phase.state)) strays.delete(phase.id);
      else strays.set(phase.id, current);
      ofRun?.set(current);
      index.put(before, current);
      backlog.put(current);
    },
    alter(id, change) {
      const phase = open.get(id);
      if (!phase) return;
      const changed = change(phase);
      const ofRun = phases.get(phase.run);
      if (ofRun) tables.get(phase.run)?.put(phase, changed, (other) => ofRun.get(other));
      ofRun?.set(changed);
      if (strays.has(id)) strays.set(id, changed);
      if (changed.progress?.step !== phase.progress?.step || changed.stalledSince !== phase.stalledSince) backlog.advanced(changed);
    },
  };
}

function createOpenPhases(phases: ReadonlyMap<string, PackedPhases>, strays: ReadonlyMap<string, Phase>): OpenPhases {
  /** The phases among which it is, if it has not ended. */
  function among(id: string): Pick<PackedPhases, "get" | "reasonOf"> | undefined {
    if (strays.has(id)) return { get: (stray) => strays.get(stray), reasonOf: (stray) => strays.get(stray)?.waitingFor };
    for (const ofRun of phases.values()) {
      const state = ofRun.stateOf(id);
      if (state !== undefined) return ENDED.has(state) ? undefined : ofRun;
    }
    return undefined;
  }

  return {
    get: (id) => among(id)?.get(id),
    has: (id) => among(id) !== undefined,
    reasonOf: (id) => among(id)?.reasonOf(id),
    *values() {
      yield* strays.values();
      for (const ofRun of phases.values())
        for (const phase of ofRun.values()) if (!ENDED.has(phase.state) && !strays.has(phase.id)) yield phase;
    },
  };
}

/** A stored phase with what only memory knows of it. */
export function withMeters(stored: Phase, known: Phase | undefined): Phase {
  if (!known) return stored;
  const wireBytes = Math.max(stored.wireBytes, known.wireBytes);
  return { ...stored, wireBytes, ...(known.progress && stored.state !== "done" ? { progress: known.progress } : {}) };
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
      // The end of a phase was stored with what was known of it.
      const ids = [...unsaved].filter((id) => memory.open.has(id));
      unsaved.clear();
      await someAtOnce(ids, (id) => storeChange(id, OPEN, (phase) => phase), SAVED_AT_ONCE);
    },
  };
}
