import type { Order } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { ANNA } from "../../test-support/fakes.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { failure, success } from "../../test-support/core-fleet.ts";

const at = useCore();

/** What the latest order to stage a package on a system says of its activation. */
function aheadOf(system: string) {
  const orders = at.fleet.sent.flatMap(({ system: of, message }) =>
    of === system && message.kind === "order" && message.task.kind === "stage" && message.unit.role === "dp" ? [message] : [],
  );
  const last = orders.at(-1);
  return last?.task.kind === "stage" ? last.task.activation : undefined;
}

/** A rebuild of the package, which the agents of these systems are staging. */
async function staging(...systems: string[]) {
  at.fleet.answer = () => undefined;
  await at.fleet.connect(...systems);
  const run = await at.core.operations.start(ANNA, "rebuild", { systems, packages: ["ABC00001"] });
  await at.accepted(run.id, systems.length);
  const { phases } = await at.core.operations.run(run.id);
  const [stage, activate] = ["stage", "activate"].map((task) => phases.find((phase) => phase.task === task));
  if (!stage || !activate) throw new Error("the package is staged and activated");
  return { run, stage, activate };
}

test("an order to stage brings the activation that follows it where no other system of the role is at the site", async () => {
  const { activate } = await staging("A1");
  expect(aheadOf("A1")).toEqual({ id: activate.id, epoch: 1, graceMs: 600_000 });
});

test("where several systems of a role are at a site, activations wait for their permit", async () => {
  await staging("S1", "S2");
  expect(aheadOf("S1")).toBeUndefined();
  expect(aheadOf("S2")).toBeUndefined();
});

test("a run whose agents begin each activation by themselves ends as one with orders in turn, and nothing is done twice", async () => {
  const { run, stage, activate } = await staging("A1");
  const reported: string[] = [];
  at.fleet.answer = (order) => {
    reported.push(order.id);
    return success(order);
  };
  await at.fleet.report("A1", stage, success(orderOf(stage)));
  await at.fleet.report("A1", activate, success(orderOf(activate)));
  await at.reaches(run.id, "done");
  expect((await at.core.operations.run(run.id)).totals).toMatchObject({ done: 2 });
  expect(reported.filter((id) => id === stage.id)).toEqual([]);
});

test("an activation that its agent begins by itself does not count as running before it is followed", async () => {
  const { run, stage, activate } = await staging("A1");
  const states: string[] = [];
  at.core.liveView.subscribe((event) => {
    if (event.type === "phase" && event.phase.id === activate.id && event.phase.state !== states.at(-1)) states.push(event.phase.state);
  });
  at.loseJobs(1);
  await at.fleet.report("A1", stage, success(orderOf(stage)));
  await expect.poll(() => states.at(-1), { interval: 10 }).toBe("released");
  await at.core.agentEvents.accepted("A1", activate.id, 1);
  at.fleet.answer = success;
  await at.reaches(run.id, "done");
  expect(states.slice(states.indexOf("released"))).toEqual(["released", "waiting", "released", "running", "done"]);
});

test("an activation sent ahead is taken back while its run is paused, and sent ahead again afterwards", async () => {
  const { run, activate } = await staging("A1");
  await at.core.operations.pause(ANNA, run.id);
  await expect.poll(() => aheadOf("A1"), { interval: 10 }).toBeUndefined();
  await at.core.operations.resume(ANNA, run.id);
  await expect.poll(() => aheadOf("A1"), { interval: 10 }).toMatchObject({ id: activate.id });
});

test("an activation sent ahead is taken back when its site is quarantined, and when a pause of the line puts its stage back", async () => {
  at.stateNumber("SEC", 500);
  at.takeOut("S2");
  await at.core.serials.sites();
  await staging("S1");
  expect(aheadOf("S1")).toBeDefined();
  at.stateNumber("SEC", 100);
  await at.core.serials.sites();
  await expect.poll(() => aheadOf("S1"), { interval: 10 }).toBeUndefined();
  await at.core.serials.accept(ANNA, "SEC", "a test");
  await expect.poll(() => aheadOf("S1"), { interval: 10 }).toBeDefined();
  await at.core.addresses.pause(ANNA, "SEC");
  await expect.poll(() => aheadOf("S1"), { interval: 10 }).toBeUndefined();
});

test("an attempt to stage that failed is not sent again before its time to take back what was sent ahead with it", async () => {
  const { run, stage } = await staging("A1");
  await at.fleet.report("A1", stage, failure("IO_ERROR", true));
  const waitingFor = async () => (await at.core.operations.run(run.id)).phases.find(({ id }) => id === stage.id)?.waitingFor;
  await expect.poll(waitingFor, { interval: 10 }).toBe("backoff");
  expect(at.fleet.orders("stage").map(({ order }) => order.epoch)).toEqual([1]);
  await expect.poll(() => at.fleet.orders("stage").map(({ order }) => order.epoch)).toEqual([1, 2]);
});

test("cancelling a run tells its agent about the activation that was sent ahead, without waiting for an answer to that", async () => {
  const { run, stage, activate } = await staging("A1");
  await at.core.operations.cancel(ANNA, run.id);
  const cancels = at.fleet.sent.flatMap(({ message }) => (message.kind === "cancel" ? [message.orderId] : []));
  expect(cancels.sort()).toEqual([stage.id, activate.id].sort());
  const { phases } = await at.core.operations.run(run.id);
  expect(phases.find(({ id }) => id === activate.id)?.state).toBe("cancelled");
  // It had begun: what the system holds now is known nevertheless.
  await at.fleet.report("A1", stage, success(orderOf(stage)));
  await at.fleet.report("A1", activate, success(orderOf(activate)));
  await at.reaches(run.id, "cancelled");
  const { held } = await at.core.operations.systems.system("A1");
  expect(held.find(({ unit }) => unit.name === "ABC00001")?.live?.generation).toEqual(activate.generation);
});

/** As far as the outcome depends on it. */
function orderOf({ task }: { task: string }): Order {
  return { task: { kind: task } } as Order;
}
