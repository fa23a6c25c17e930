import { setImmediate as turnOfLoop } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Result } from "@sitewright/protocol";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { aRunStore } from "../../../test-support/run-store.ts";
import type { Phase } from "../../domain/runs/run.ts";
import { createLiveView } from "../live/live-view.ts";
import { createSignals } from "../signals.ts";
import { TIMINGS } from "../timings.ts";
import { createBoard } from "./board.ts";
import { createCanceller, createOrdersOut, type CancellerDeps } from "./cancel.ts";
import { createReleaseLoop, type ReleaseDeps } from "./release.ts";
import { createResults, type ResultsDeps } from "./results.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} } as unknown as ReleaseDeps["log"];
const STAGE = "00000000-195a-81c4-a26f-55237c9db967";
const ACTIVATE = "00000001-195a-81c4-a26f-55237c9db967";
const [stage, activate] = [
  aPhase({ id: STAGE, number: 0, task: "stage", state: "done" }),
  aPhase({ id: ACTIVATE, number: 1, task: "activate", after: STAGE }),
];

/** A run with these phases, and all that decides about them. */
async function aRunOf(...phases: Phase[]) {
  const { store, phases: stored, holdChange } = aRunStore();
  const live = createLiveView(0);
  const board = createBoard({ runStore: store, live, signals: createSignals() });
  await board.createRun(aRun({ id: "run-1" }));
  await board.addPhases("run-1", phases);
  const ordersOut = createOrdersOut(live);
  const links = { isConnected: () => true, send: async () => true };
  const shared = { board, runStore: store, links, ordersOut, log, clock: () => 1, timings: TIMINGS, schedule() {} };
  const canceller = createCanceller(shared as unknown as CancellerDeps);
  onTestFinished(() => canceller.stop());
  const results = createResults({ ...shared, canceller, fleet: { apply: async () => undefined } } as unknown as ResultsDeps);
  const looked = Promise.withResolvers<void>();
  const release = createReleaseLoop({
    ...shared,
    fleet: { isExpected: () => false, heldUnit: () => undefined },
    queue: { add: async () => undefined },
    site: { pathTo: () => [] },
    isQuarantined: () => false,
    quarantines: () => "",
    undecided: { waitsFor: () => undefined },
    supervisor: { isSupervised: () => true },
    preparer: { isOpening: () => false },
    stalls: { look: async () => looked.resolve() },
    isPaused: () => false,
    steady: () => 1,
  } as unknown as ReleaseDeps);
  onTestFinished(() => release.stop());
  return { board, canceller, results, release, stored, holdChange, looked: looked.promise };
}

/** An agent could not carry out the activation. */
function failed(code: "STAGING_DAMAGED" | "IO_ERROR"): Result {
  const outcome = { kind: "failed", code, message: "a failure", retryable: true } as const;
  return { kind: "result", number: 1, orderId: ACTIVATE, epoch: 1, unit: activate.unit, generation: activate.generation, outcome };
}

/** All that needs no answer of the run store has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await turnOfLoop();
}

test("an activation that is just being released is stored so before its result opens its staging again, and waits for that then", async () => {
  const { board, results, release, holdChange } = await aRunOf(stage, { ...activate, state: "waiting" });
  const releasing = holdChange(ACTIVATE);
  release.schedule();
  await expect.poll(releasing.hasBegun).toBe(true);
  const storing = results("SRV1", failed("STAGING_DAMAGED"));
  await settled();
  expect(board.find(STAGE)?.state).toBe("done");
  releasing.letGo();
  await storing;
  expect(board.find(STAGE)).toMatchObject({ state: "waiting", epoch: 2 });
  expect(board.find(ACTIVATE)).toMatchObject({ state: "waiting", epoch: 2 });
});

test("an activation that was chosen while its result was being stored is not released: its staging comes first again", async () => {
  const { board, results, release, stored, holdChange, looked } = await aRunOf(stage, { ...activate, state: "waiting" });
  const states: string[] = [];
  const opening = holdChange(STAGE);
  const storing = results("SRV1", failed("STAGING_DAMAGED"));
  await expect.poll(opening.hasBegun).toBe(true);
  release.schedule();
  await looked;
  await settled();
  states.push(stored.get(ACTIVATE)?.state ?? "");
  opening.letGo();
  await storing;
  await settled();
  states.push(stored.get(ACTIVATE)?.state ?? "");
  expect(states).toEqual(["waiting", "waiting"]);
  expect(board.find(ACTIVATE)?.epoch).toBe(2);
});

test("a phase whose failure is being stored as its run is cancelled ends, instead of waiting for another attempt of a run that has none", async () => {
  const { board, canceller, results, holdChange } = await aRunOf(stage, { ...activate, startedAt: 1 });
  const again = holdChange(ACTIVATE);
  const storing = results("SRV1", failed("IO_ERROR"));
  await expect.poll(again.hasBegun).toBe(true);
  await board.changeRun("run-1", ["running"], (run) => ({ ...run, state: "cancelled" }));
  const cancelling = canceller.cancel(board.phases().toArray());
  await settled();
  again.letGo();
  await Promise.all([storing, cancelling]);
  expect(board.find(ACTIVATE)?.state).toBe("cancelled");
});

test("a staging that a result opens again as its run is cancelled ends with it", async () => {
  const { board, canceller, results, holdChange } = await aRunOf(stage, { ...activate, state: "released" });
  const opening = holdChange(STAGE);
  const storing = results("SRV1", failed("STAGING_DAMAGED"));
  await expect.poll(opening.hasBegun).toBe(true);
  await board.changeRun("run-1", ["running"], (run) => ({ ...run, state: "cancelled" }));
  const cancelling = canceller.cancel(board.phases().toArray());
  await settled();
  opening.letGo();
  await Promise.all([storing, cancelling]);
  expect([STAGE, ACTIVATE].map((id) => board.find(id)?.state)).toEqual(["cancelled", "cancelled"]);
});
