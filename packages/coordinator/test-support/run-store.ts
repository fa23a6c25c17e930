import type { RunStore } from "../src/app/ports/runs.ts";
import type { Phase, Run } from "../src/domain/runs/run.ts";

/** A run store whose next answers to stored runs, and changes of phases, can be held back, each by itself. */
export function aRunStore() {
  const [runs, phases] = [new Map<string, Run>(), new Map<string, Phase>()];
  const answers: Promise<void>[] = [];
  const changes = new Map<string, Promise<void>>();
  const store = {
    createRun: async (run: Run) => !!runs.set(run.id, run),
    saveRun: async (run: Run) => {
      runs.set(run.id, run);
      await answers.shift();
    },
    runs: async () => [...runs.values()],
    run: async (id: string) => runs.get(id),
    phases: async (run: string) => [...phases.values()].filter((phase) => phase.run === run),
    phase: async (id: string) => phases.get(id),
    addPhases: async (_: string, added: readonly Phase[]) => added.forEach((phase) => phases.set(phase.id, phase)),
    async changePhase(id: string, from: readonly string[], change: (phase: Phase) => Phase) {
      const held = changes.get(id);
      changes.delete(id);
      await held;
      const before = phases.get(id);
      if (!before || !from.includes(before.state)) return undefined;
      phases.set(id, change(before));
      return phases.get(id);
    },
    oweCancel: async () => undefined,
    cancelSettled: async () => undefined,
  };
  return {
    store: store as unknown as RunStore,
    runs,
    phases,
    /** @returns Lets the answer go, or has the run store fail. */
    hold(): { letGo: () => void; fail: (error: Error) => void } {
      const held = Promise.withResolvers<void>();
      answers.push(held.promise);
      return { letGo: held.resolve, fail: held.reject };
    },
    /** Holds the next change of a phase back. @returns Whether it has begun, and lets it go. */
    holdChange(id: string): { hasBegun: () => boolean; letGo: () => void } {
      const held = Promise.withResolvers<void>();
      changes.set(id, held.promise);
      return { hasBegun: () => !changes.has(id), letGo: held.resolve };
    },
  };
}
