import { expect, test } from "vitest";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import { createLiveView } from "../live/live-view.ts";
import type { RunStore } from "../ports.ts";
import { createSignals } from "../signals.ts";
import { createBoard } from "./board.ts";

/** A run store whose answers to a stored run can be held back. */
function aStore() {
  const [runs, phases] = [new Map<string, Run>(), new Map<string, Phase>()];
  let answer = Promise.resolve();
  const store = {
    createRun: async (run: Run) => !!runs.set(run.id, run),
    saveRun: async (run: Run) => {
      runs.set(run.id, run);
      await answer;
    },
    runs: async () => [...runs.values()],
    run: async (id: string) => runs.get(id),
    phases: async () => [...phases.values()],
    phase: async (id: string) => phases.get(id),
    addPhases: async (_: string, added: readonly Phase[]) => added.forEach((phase) => phases.set(phase.id, phase)),
    async changePhase(id: string, from: readonly string[], change: (phase: Phase) => Phase) {
      const before = phases.get(id);
      if (!before || !from.includes(before.state)) return undefined;
      phases.set(id, change(before));
      return phases.get(id);
    },
  };
  return {
    store: store as unknown as RunStore,
    phases,
    /** @returns Lets the answers go. */
    hold(): () => void {
      const held = Promise.withResolvers<void>();
      answer = held.promise;
      return held.resolve;
    },
  };
}

test("how phases ended is stored again where the run store lost it, although the end of their run was noticed by two at the same time", async () => {
  const { store, phases, hold } = aStore();
  const board = createBoard({ runStore: store, live: createLiveView(0), signals: createSignals() });
  await board.createRun(aRun({ id: "r1", state: "running" }));
  const done = aPhase({ id: "p1", run: "r1", state: "done", epoch: 1 });
  await board.addPhases("r1", [done]);
  const letGo = hold();
  const ending = board.changeRun("r1", ["running"], (run) => ({ ...run, state: "done", endedAt: 1 }));
  await board.reconcile();
  letGo();
  await ending;
  phases.set("p1", { ...done, state: "running" });
  await board.reconcile();
  expect(phases.get("p1")?.state).toBe("done");
});

test("an end that the run store lost is stored again before the phase changes once more: no second end takes its place", async () => {
  const { store, phases } = aStore();
  const board = createBoard({ runStore: store, live: createLiveView(0), signals: createSignals() });
  await board.createRun(aRun({ id: "r1", state: "running" }));
  const running = aPhase({ id: "p1", run: "r1", state: "running", epoch: 1 });
  await board.addPhases("r1", [running]);
  await board.change("p1", ["running"], (phase) => ({ ...phase, state: "cancelled", endedAt: 1 }));
  phases.set("p1", running);
  const changed = await board.change("p1", ["cancelled"], (phase) => ({ ...phase, wireBytes: 7 }));
  expect(changed).toMatchObject({ state: "cancelled", endedAt: 1, wireBytes: 7 });
  expect(phases.get("p1")).toMatchObject({ state: "cancelled", endedAt: 1, wireBytes: 7 });
  expect(board.find("p1")?.state).toBe("cancelled");
});
