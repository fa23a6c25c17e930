import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import type { Phase } from "../domain/runs/run.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { success } from "../../test-support/core-fleet.ts";

const at = useCore();
const { reaches } = at;
const MINUTE = 60_000;

async function phaseOf(run: string, system: string, task: Phase["task"]): Promise<Phase | undefined> {
  const { phases } = await at.core.operations.run(run);
  return phases.find((phase) => phase.system === system && phase.task === task);
}

/** Waits until a phase is seen as stalled. Time passes slowly meanwhile: a phase counts from the first look at it. */
async function stalls(run: string, task: Phase["task"]): Promise<void> {
  await expect
    .poll(async () => {
      at.pass(5_000);
      return (await phaseOf(run, "S1", task))?.stalledSince;
    })
    .toBeDefined();
}

test("an accepted activation without progress is shown as stalled, and others of its site activate meanwhile", async () => {
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = (order, system) => (system === "S1" && order.task.kind === "activate" ? undefined : success(order));
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await phaseOf(id, "S1", "activate"))?.state).toBe("running");
  // A run of its own: of two systems staged at the same time either may activate first.
  const other = await at.core.operations.start(ANNA, "rebuild", { systems: ["S2"] });
  await expect.poll(async () => (await phaseOf(other.id, "S2", "activate"))?.waitingFor).toBe("max-unavailable");
  at.pass(MINUTE + 1_000);
  await expect.poll(async () => (await phaseOf(other.id, "S2", "activate"))?.state).toBe("done");
  const stalled = await phaseOf(id, "S1", "activate");
  expect(stalled).toMatchObject({ state: "running" });
  expect(at.now() - (stalled?.stalledSince ?? Infinity)).toBeGreaterThan(MINUTE);
  expect(at.core.figures()).toMatchObject({ phasesStalled: 1, phasesLost: 0 });
});

test("an order that advances again is no longer stalled", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(id, 1);
  const order = at.fleet.orders("stage")[0]?.order;
  await expect.poll(async () => (await phaseOf(id, "S1", "stage"))?.state).toBe("running");
  at.pass(2 * MINUTE);
  await stalls(id, "stage");
  const totals = { step: "fetching", files: 1, reusedBytes: 0, fetchedBytes: 50, retriedBytes: 0 } as const;
  await at.core.agentEvents.progress("S1", { kind: "progress", orderId: order?.id ?? "", ...totals });
  await expect.poll(async () => (await phaseOf(id, "S1", "stage"))?.stalledSince).toBeUndefined();
});

test("an agent that reports more than was planned does not advance by it", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(id, 1);
  const orderId = at.fleet.orders("stage")[0]?.order.id ?? "";
  const state = (bytes: number) =>
    at.core.agentEvents.progress("S1", {
      kind: "progress",
      orderId,
      step: "fetching",
      files: bytes,
      reusedBytes: bytes,
      fetchedBytes: bytes,
      retriedBytes: 0,
    });
  await state(1e9);
  expect((await phaseOf(id, "S1", "stage"))?.progress).toMatchObject({ files: 2, reusedBytes: 100, fetchedBytes: 100 });
  at.pass(2 * MINUTE);
  await state(2e9);
  await stalls(id, "stage");
});

test("an order stalled for half an hour is taken back from its agent and tried again", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = (order) => (order.epoch === 1 ? undefined : success(order));
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(id, 1);
  await stalls(id, "stage");
  at.pass(30 * MINUTE);
  const first = at.fleet.orders("stage")[0]?.order.id;
  await expect.poll(() => at.fleet.sent.map(({ message }) => message)).toContainEqual({ kind: "cancel", orderId: first, epoch: 1 });
  at.pass(MINUTE);
  await expect.poll(() => at.fleet.orders("stage").map(({ order }) => order.epoch)).toContain(2);
});

test("an agent that does not answer the request for its inventory delays no run: it is ordered by what is known", async () => {
  await at.fleet.connect("S1");
  await at.core.agentEvents.connected(
    { system: "S1", roles: ["dp"], platform: "linux", version: "0", since: at.now() },
    { inventoryDigest: "5".repeat(64), lastResult: 0 },
  );
  const { id } = await at.core.operations.start(ANNA, "plan", { systems: ["S1"] });
  await expect.poll(async () => (await phaseOf(id, "S1", "estimate"))?.waitingFor).toBe("agent-inventory");
  at.pass(8_000);
  at.core.agentEvents.inventoryAdvances("S1");
  at.pass(8_000);
  expect(await phaseOf(id, "S1", "estimate")).toMatchObject({ state: "waiting", waitingFor: "agent-inventory" });
  at.pass(8_000);
  await reaches(id, "done");
});

test("an estimate may take longer than half an hour while its agent indexes, and is taken back after half an hour without indexing", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const { id } = await at.core.operations.start(ANNA, "plan", { systems: ["S1"] });
  await at.accepted(id, 1);
  const orderId = at.fleet.orders("estimate")[0]?.order.id ?? "";
  const isStalled = async (): Promise<boolean> => (await phaseOf(id, "S1", "estimate"))?.stalledSince !== undefined;
  for (const bytes of [10, 20]) {
    at.pass(20 * MINUTE);
    await stalls(id, "estimate");
    const totals = { step: "indexing", files: 0, reusedBytes: bytes, fetchedBytes: 0, retriedBytes: 0 } as const;
    await at.core.agentEvents.progress("S1", { kind: "progress", orderId, ...totals });
    await expect.poll(isStalled).toBe(false);
  }
  expect((await at.core.operations.run(id)).totals.reusedBytes).toBe(0);
  at.pass(31 * MINUTE);
  await expect.poll(() => at.fleet.sent.map(({ message }) => message)).toContainEqual({ kind: "cancel", orderId, epoch: 1 });
});
