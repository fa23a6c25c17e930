import { ENDED, type PhaseState } from "@sitewright/protocol";
import { laterOf, OPEN } from "../../domain/runs/phase.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { RunStore } from "../ports/runs.ts";
import type { BoardMemory, EndedRun, KnownPhases, StoreChange } from "./board-memory.ts";

const ANY: readonly PhaseState[] = [...OPEN, ...ENDED];

/** Reconciles run store and memory after the run store may have lost its last changes. */
export interface Reconciler {
  run(id: string): Promise<void>;
  /** A run that ended lately. */
  ended(run: EndedRun): Promise<void>;
  /** The run store refused a change that should be possible: it has the phase in another state, or lost it. */
  refused(id: string, due: Phase): Promise<"lost" | "other">;
}

export interface ReconcilerDeps {
  runStore: RunStore;
  memory: BoardMemory;
  storeChange: StoreChange;
  keepRun: (run: Run) => void;
  take: (phase: Phase) => void;
}

export function createReconciler({ runStore, memory, storeChange, keepRun, take }: ReconcilerDeps): Reconciler {
  /** Two at a time would both store what is missing, and the later one over changes made since. */
  const inTurn = oneAtATime();

  async function reconcileRun(id: string): Promise<void> {
    const run = memory.runs.get(id);
    const known = memory.phasesOf(id);
    if (!run || !known) return;
    const storedRun = await runStore.run(id);
    if (storedRun?.endedAt !== undefined) return keepRun(storedRun);
    const current = memory.runs.get(id);
    // It ended meanwhile, and is compared as one that has.
    if (!current) return;
    // Until its phases are there too: without them it would count as done to a coordinator that takes over meanwhile, which plans it again.
    const isComing = storedRun === undefined && current.state !== "cancelled";
    if (isComing) await runStore.saveRun({ ...current, state: "preparing" });
    else if (storedRun?.state !== run.state) await runStore.saveRun(current);
    await reconcilePhases(id, known);
    const restored = memory.runs.get(id);
    if (isComing && restored) await runStore.saveRun(restored);
  }

  async function reconcileEnded({ run, phases }: EndedRun): Promise<void> {
    const stored = await runStore.run(run.id);
    if (memory.runs.has(run.id)) return;
    // The end last: nothing may stay open in a run that has ended, also if this coordinator ends in between. What is not there has nothing open.
    if (!stored) await runStore.saveRun(run);
    await reconcilePhases(run.id, phases);
    if (stored && stored.endedAt === undefined && !memory.runs.has(run.id)) await runStore.saveRun(run);
  }

  async function reconcilePhases(id: string, known: KnownPhases): Promise<void> {
    const stored = await runStore.phases(id);
    const ids = new Set(stored.map((phase) => phase.id));
    const missing = [...known.values()].filter((phase) => !ids.has(phase.id));
    if (missing.length > 0) await runStore.addPhases(id, missing);
    for (const phase of stored) await reconcilePhase(phase, () => memory.find(phase.id) ?? known.get(phase.id));
  }

  async function reconcilePhase(stored: Phase, find: () => Phase | undefined): Promise<void> {
    const known = find();
    if (known && known.state === stored.state && known.epoch === stored.epoch) return;
    const later = await storeChange(stored.id, ANY, (now) => laterOf(find() ?? now, now));
    if (later) take(later);
  }

  return {
    run: (id) => inTurn(() => reconcileRun(id)),
    ended: (run) => inTurn(() => reconcileEnded(run)),
    async refused(id, due) {
      const stored = await runStore.phase(id);
      if (!stored) {
        await inTurn(() => reconcileRun(due.run));
        return "lost";
      }
      const known = memory.find(id);
      if (known?.state !== due.state) return "other";
      if (laterOf(stored, known) === known) {
        // Redis had lost this change, and would lose it for good if what is stored counted.
        await inTurn(() => reconcilePhase(stored, () => memory.find(id)));
        return "lost";
      }
      take(stored);
      return "other";
    },
  };
}
