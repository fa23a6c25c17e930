import { PHASE_STATES, type PhaseState } from "@sitewright/protocol";
import { UNDER_WAY } from "../../domain/runs/phase.ts";
import type { Phase } from "../../domain/runs/run.ts";

export type PhaseCounts = Record<PhaseState, number>;

/** Finds open phases without looking at all of them, and counts the phases of open runs. */
export interface BoardIndex {
  /** Ids of the phases that are released or running. */
  underWay(): ReadonlySet<string>;
  /** Ids of the open phases of a system. */
  ofSystem(system: string): ReadonlySet<string>;
  /** Systems with an open phase. */
  systems(): Iterable<string>;
  /** By system, ids of waiting phases that only ask it. */
  asking(): ReadonlyMap<string, ReadonlySet<string>>;
  /** Undefined: the run is not open. */
  counts(run: string): Readonly<PhaseCounts> | undefined;
  /** A phase of an open run was added or has changed. */
  put(before: Phase | undefined, after: Phase): void;
  /** A run is open, with these phases. */
  open(run: string, phases: Iterable<Phase>): void;
  close(run: string): void;
}

const NONE: ReadonlySet<string> = new Set();

export function createBoardIndex(isOpen: (phase: Phase) => boolean): BoardIndex {
  const underWay = new Set<string>();
  const systems = createGroups();
  const asking = createGroups();
  const counts = new Map<string, PhaseCounts>();

  return {
    underWay: () => underWay,
    ofSystem: (system) => systems.all.get(system) ?? NONE,
    systems: () => systems.all.keys(),
    asking: () => asking.all,
    counts: (run) => counts.get(run),
    put(before, after) {
      const { id, system, state, run } = after;
      if (UNDER_WAY.includes(state)) underWay.add(id);
      else underWay.delete(id);
      systems.set(system, id, isOpen(after));
      asking.set(system, id, state === "waiting" && isQuestion(after));
      const ofRun = counts.get(run);
      if (!ofRun) return;
      if (before) ofRun[before.state] -= 1;
      ofRun[state] += 1;
    },
    open(run, phases) {
      const ofRun = Object.fromEntries(PHASE_STATES.map((state) => [state, 0])) as PhaseCounts;
      for (const { state } of phases) ofRun[state] += 1;
      counts.set(run, ofRun);
    },
    close: (run) => void counts.delete(run),
  };
}

/** It only reads, and its answer is wanted now. */
function isQuestion({ task, beforeRepair }: Phase): boolean {
  return task === "estimate" || (task === "verify" && !beforeRepair);
}

interface Groups {
  all: ReadonlyMap<string, ReadonlySet<string>>;
  set(group: string, id: string, isMember: boolean): void;
}

/** Empty groups are not kept. */
function createGroups(): Groups {
  const all = new Map<string, Set<string>>();
  return {
    all,
    set(group, id, isMember) {
      const ids = all.get(group) ?? new Set();
      if (isMember) all.set(group, ids.add(id));
      else if (ids.delete(id) && ids.size === 0) all.delete(group);
    },
  };
}
