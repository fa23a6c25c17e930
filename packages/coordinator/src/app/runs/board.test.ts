import { expect, test } from "vitest";
import type { RunState } from "@sitewright/protocol";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { aRunStore } from "../../../test-support/run-store.ts";
import { createLiveView } from "../live/live-view.ts";
import { createSignals } from "../signals.ts";
import { createBoard } from "./board.ts";

test("the end of a run that the run store lost is stored after those of its phases, so that one which takes over in between ends them", async () => {
  const { store, runs, phases } = aRunStore();
  const board = createBoard({ runStore: store, live: createLiveView(0), signals: createSignals() });
  const run = aRun({ id: "r1", state: "running" });
  await board.createRun(run);
  const done = aPhase({ id: "p1", run: "r1", state: "done", epoch: 1 });
  await board.addPhases("r1", [done]);
  await board.changeRun("r1", ["running"], (running) => ({ ...running, state: "done", endedAt: 1 }));
  runs.set("r1", run);
  phases.set("p1", { ...done, state: "waiting" });
  const { saveRun } = store;
  const found: unknown[] = [];
  store.saveRun = (saved) => {
    found.push(phases.get("p1")?.state);
    return saveRun(saved);
  };
  await board.reconcile();
  expect(found).toEqual(["done"]);
  expect(runs.get("r1")).toMatchObject({ state: "done", endedAt: 1 });
});

test("how phases ended is stored again where the run store lost it, although the end of their run was noticed by two at the same time", async () => {
  const { store, phases, hold } = aRunStore();
  const board = createBoard({ runStore: store, live: createLiveView(0), signals: createSignals() });
  await board.createRun(aRun({ id: "r1", state: "running" }));
  const done = aPhase({ id: "p1", run: "r1", state: "done", epoch: 1 });
  await board.addPhases("r1", [done]);
  const { letGo } = hold();
  const ending = board.changeRun("r1", ["running"], (run) => ({ ...run, state: "done", endedAt: 1 }));
  await board.reconcile();
  letGo();
  await ending;
  phases.set("p1", { ...done, state: "running" });
  await board.reconcile();
  expect(phases.get("p1")?.state).toBe("done");
});

test("an end that the run store lost is stored again before the phase changes once more: no second end takes its place", async () => {
  const { store, phases } = aRunStore();
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

test("changes of a run that could not be stored are taken back, and one that was stored meanwhile is not", async () => {
  const { store, hold } = aRunStore();
  const board = createBoard({ runStore: store, live: createLiveView(0), signals: createSignals() });
  const stateAfter = async (...answers: ("letGo" | "fail")[]): Promise<RunState | undefined> => {
    const held = answers.map((answer) => ({ answer, ...hold() }));
    const asked = Promise.allSettled([
      board.changeRun("r1", ["running"], (run) => ({ ...run, state: "paused" })),
      board.changeRun("r1", ["running", "paused"], (run) => ({ ...run, state: "cancelled" })),
    ]);
    for (const { answer, letGo, fail } of held) {
      if (answer === "fail") fail(new Error("an outage"));
      else letGo();
    }
    await asked;
    return board.runs().get("r1")?.state;
  };
  await board.createRun(aRun({ id: "r1", state: "running" }));
  expect(await stateAfter("fail", "fail")).toBe("running");
  expect(await stateAfter("fail", "letGo")).toBe("cancelled");
});

test("the live view is told of a phase that the run store proves to have further along", async () => {
  const { store, phases } = aRunStore();
  const live = createLiveView(0);
  const board = createBoard({ runStore: store, live, signals: createSignals() });
  await board.createRun(aRun({ id: "r1", state: "running" }));
  const running = aPhase({ id: "p1", run: "r1", state: "running", epoch: 1 });
  await board.addPhases("r1", [running]);
  const told: string[] = [];
  live.subscribe((event) => event.type === "phase" && told.push(event.phase.state));
  // Stored, but the connection broke before the answer came, and the client sent it again.
  phases.set("p1", { ...running, state: "done", endedAt: 1 });
  await board.change("p1", ["running"], (phase) => ({ ...phase, state: "done", endedAt: 1 }));
  expect(board.find("p1")?.state).toBe("done");
  expect(told).toEqual(["done"]);
});

test("a run that the run store lost does not run there again before its phases are stored, for without them it would count as done", async () => {
  const { store, runs, phases } = aRunStore();
  const board = createBoard({ runStore: store, live: createLiveView(0), signals: createSignals() });
  await board.createRun(aRun({ id: "r1", state: "running" }));
  await board.addPhases("r1", [aPhase({ id: "p1", run: "r1", state: "waiting", epoch: 1 })]);
  runs.clear();
  phases.clear();
  const states: unknown[] = [];
  const { addPhases } = store;
  store.addPhases = async (run, added) => {
    states.push(runs.get(run)?.state);
    await addPhases(run, added);
  };
  await board.reconcile();
  states.push(runs.get("r1")?.state);
  expect(states).toEqual(["preparing", "running"]);
  expect([...phases.keys()]).toEqual(["p1"]);
});

test("a run that the run store has without its phases is planned once more by the coordinator that takes over: it counts as done no more", async () => {
  const { store } = aRunStore();
  await store.createRun(aRun({ id: "r1", state: "running" }));
  await store.createRun(aRun({ id: "r2", state: "running" }));
  await store.addPhases("r2", [aPhase({ id: "p1", run: "r2", state: "waiting" })]);
  const board = createBoard({ runStore: store, live: createLiveView(0), signals: createSignals() });
  await board.load(0);
  expect([...board.runs().values()].map(({ id, state }) => [id, state])).toEqual([
    ["r1", "preparing"],
    ["r2", "running"],
  ]);
});
