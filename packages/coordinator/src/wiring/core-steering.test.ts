import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";
import { failure, success } from "../../test-support/core-fleet.ts";

const at = useCore();
const { reaches } = at;

test("cancel reaches the working agents and ends by force what they do not confirm; a late result changes nothing", async () => {
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", {});
  await at.accepted(run.id, 2);
  await at.core.operations.cancel(ANNA, run.id);
  const cancels = at.fleet.sent.filter(({ message }) => message.kind === "cancel").map(({ system: of }) => of);
  expect(cancels.sort()).toEqual(["S1", "S2"]);
  const confirming = at.fleet.orders().find(({ system: of }) => of === "S1");
  const silent = at.fleet.orders().find(({ system: of }) => of === "S2");
  if (!confirming || !silent) throw new Error("both systems were ordered to stage");
  await at.fleet.report("S1", confirming.order, failure("CANCELLED", false));
  await reaches(run.id, "cancelled");
  expect((await at.core.operations.run(run.id)).totals).toMatchObject({ cancelled: 8, running: 0 });
  await at.fleet.report("S2", silent.order, success(silent.order));
  expect((await at.core.operations.run(run.id)).phases.find(({ id }) => id === silent.order.id)).toMatchObject({
    state: "cancelled",
    outcome: { kind: "staged" },
  });
  await expect(at.core.operations.cancel(ANNA, run.id)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a paused run releases nothing more until it is resumed", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(run.id, 1);
  await at.core.operations.pause(ANNA, run.id);
  const [stage] = at.fleet.orders();
  if (!stage) throw new Error("the system was ordered to stage");
  await at.fleet.report("S1", stage.order, success(stage.order));
  await expect.poll(async () => (await at.core.operations.run(run.id)).phases[1]?.waitingFor).toBe("paused");
  await expect(at.core.operations.pause(ANNA, run.id)).rejects.toMatchObject({ code: "CONFLICT" });
  at.fleet.answer = success;
  await at.core.operations.resume(ANNA, run.id);
  await reaches(run.id, "done");
});

test("a unit whose folder is in use waits under that reason, without holding up others, and is activated when it is free", async () => {
  await at.fleet.connect("S1", "S2");
  let isOpen = true;
  const inUse = { kind: "failed", code: "FOLDER_IN_USE", message: "it is open", path: "/srv/caps", retryable: true } as const;
  let first: string | undefined;
  at.fleet.answer = (order) => {
    if (order.task.kind !== "activate") return success(order);
    first ??= order.id;
    return isOpen && order.id === first ? inUse : success(order);
  };
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1", "S2"] });
  const phaseOf = async () => (await at.core.operations.run(run.id)).phases.find(({ id }) => id === first);
  await expect.poll(phaseOf).toMatchObject({ state: "waiting", waitingFor: "folder-in-use", inUse: { message: "it is open" } });
  await expect.poll(async () => (await at.core.operations.run(run.id)).totals).toMatchObject({ waiting: 1, done: 3 });
  isOpen = false;
  await reaches(run.id, "done");
  expect(await phaseOf()).not.toHaveProperty("inUse");
});

test("a newer rebuild supersedes a waiting older one, with a higher generation", async () => {
  const older = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await at.core.operations.run(older.id)).phases.length).toBe(2);
  const newer = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(older.id, "failed");
  expect((await at.core.operations.run(older.id)).totals.cancelled).toBe(2);
  await at.fleet.connect("S1");
  await reaches(newer.id, "done");
  const [before] = (await at.core.operations.run(older.id)).phases;
  const [after] = (await at.core.operations.run(newer.id)).phases;
  expect(after?.generation.counter).toBeGreaterThan(before?.generation.counter ?? Infinity);
});
