import { ANNA } from "../../../test-support/fakes.ts";
import { expect, test } from "vitest";
import { redisRunStore } from "../../adapters/redis/run-store.ts";
import { retried } from "../../domain/runs/retry.ts";
import { useCore } from "../../../test-support/core-fixture.ts";
import { failure, success } from "../../../test-support/core-fleet.ts";

const at = useCore();
const orders = () => at.fleet.orders().map(({ system, order }) => `${system} ${order.task.kind} ${order.epoch}`);

test("a retry repeats what failed and what was skipped because of it, as a new generation, and leaves the rest alone", async () => {
  await at.fleet.connect("A1", "S1");
  at.fleet.answer = (order, name) => (name === "S1" && order.task.kind === "stage" ? failure("IO_ERROR", false) : success(order));
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["A1", "S1"] });
  await at.reaches(run.id, "failed");
  const before = (await at.core.operations.run(run.id)).phases.find(({ system }) => system === "S1");
  at.fleet.sent.length = 0;
  at.fleet.answer = success;
  expect(await at.core.operations.retry(ANNA, run.id)).toMatchObject({ id: run.id, state: "preparing" });
  await at.reaches(run.id, "done");
  expect(orders()).toEqual(["S1 stage 2", "S1 activate 2"]);
  const { phases, totals } = await at.core.operations.run(run.id);
  expect(totals).toMatchObject({ phases: 6, done: 6 });
  const generations = phases.flatMap(({ system, generation }) => (system === "S1" ? [generation.counter] : []));
  expect(new Set(generations).size).toBe(1);
  expect(generations[0]).toBeGreaterThan(before?.generation.counter ?? Infinity);
});

test("an activation that failed continues with what was staged", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = (order) => (order.task.kind === "activate" ? failure("IO_ERROR", false) : success(order));
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.reaches(run.id, "failed");
  at.fleet.answer = success;
  await at.core.operations.retry(ANNA, run.id);
  await at.reaches(run.id, "done");
  expect(orders()).toEqual(["S1 stage 1", "S1 activate 1", "S1 activate 2"]);
  const [staged, activated] = at.fleet.orders().flatMap(({ order }) => (order.epoch === 2 || order.task.kind === "stage" ? [order] : []));
  expect(activated?.generation).toEqual(staged?.generation);
});

test("a unit that was left out because of its source is indexed again", async () => {
  await at.fleet.connect("A1");
  at.broken.add("cap/CAP_ABC");
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["A1"] });
  await at.reaches(run.id, "failed");
  await at.core.operations.retry(ANNA, run.id);
  await at.reaches(run.id, "failed");
  expect((await at.core.operations.run(run.id)).run.problems).toMatchObject([{ unit: "cap/CAP_ABC", code: "SOURCE_LINK", leftOut: true }]);
  at.broken.clear();
  await at.core.operations.retry(ANNA, run.id);
  await at.reaches(run.id, "done");
  const { run: ended, totals } = await at.core.operations.run(run.id);
  expect(ended.problems).toEqual([]);
  expect(totals).toMatchObject({ done: 4, sourceBytes: 200 });
});

test("a retried phase has as many attempts ahead as the first time", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = (order) => (order.task.kind === "stage" ? failure("IO_ERROR", order.epoch > 1) : success(order));
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.reaches(run.id, "failed");
  at.fleet.answer = (order) => (order.epoch === 2 ? failure("IO_ERROR", true) : success(order));
  await at.core.operations.retry(ANNA, run.id);
  await at.reaches(run.id, "done");
  expect(at.fleet.orders("stage").map(({ order }) => order.epoch)).toEqual([1, 2, 3]);
});

test("what a newer run took over is left to that run", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => failure("IO_ERROR", false);
  const older = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.reaches(older.id, "failed");
  at.fleet.answer = success;
  const newer = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.reaches(newer.id, "done");
  await expect(at.core.operations.retry(ANNA, older.id)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("only a run that has ended with something to do is retried", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect(at.core.operations.retry(ANNA, run.id)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect.poll(() => at.fleet.orders().length).toBe(1);
  await at.core.operations.cancel(ANNA, run.id);
  const [stage] = at.fleet.orders();
  if (stage) await at.fleet.report("S1", stage.order, failure("CANCELLED", false));
  await at.reaches(run.id, "cancelled");
  await expect(at.core.operations.retry(ANNA, run.id)).rejects.toMatchObject({ code: "CONFLICT" });
  at.fleet.answer = success;
  const done = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.reaches(done.id, "done");
  await expect(at.core.operations.retry(ANNA, done.id)).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining("all of it is done"),
  });
  await expect(at.core.operations.retry(ANNA, "nope")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a plan is returned as rows with what is present and what would be transferred; other kinds have none", async () => {
  await at.fleet.connect("S1");
  const run = await at.core.operations.start(ANNA, "plan", { systems: ["S1"] });
  await at.reaches(run.id, "done");
  expect((await at.core.operations.plan(run.id)).rows).toMatchObject([
    { system: "S1", unit: "dp/ABC00001", reachable: true, sourceBytes: 100, presentBytes: 40, address: "SEC" },
  ]);
  const verify = await at.core.operations.start(ANNA, "verify", { systems: ["S1"] });
  await expect(at.core.operations.plan(verify.id)).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

test.each([
  ["had opened nothing yet", false],
  ["had opened the first of its phases", true],
])("a retry that %s when the coordinator was killed is carried out by the next one, as one generation", async (_, isHalfOpen) => {
  await at.fleet.connect("A1", "S1");
  at.fleet.answer = (order, name) => (name === "S1" && order.task.kind === "stage" ? failure("IO_ERROR", false) : success(order));
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["A1", "S1"] });
  await at.reaches(id, "failed");
  await at.core.stop();
  const runStore = redisRunStore(at.redis.client);
  const { endedAt: _ended, ...run } = (await at.core.operations.run(id)).run;
  await runStore.saveRun({ ...run, state: "preparing", retrying: true });
  const stage = (await runStore.phases(id)).find(({ state }) => state === "failed");
  if (isHalfOpen)
    await runStore.changePhase(stage?.id ?? "", ["failed"], (failed) =>
      retried(failed, { facts: undefined, generation: { ...failed.generation, counter: failed.generation.counter + 1 } }),
    );
  at.fleet.sent.length = 0;
  at.fleet.answer = success;
  await at.restart();
  await at.fleet.connect("S1");
  await at.reaches(id, "done");
  expect(orders()).toEqual([`S1 stage ${isHalfOpen ? 3 : 2}`, "S1 activate 2"]);
  const { run: ended, phases } = await at.core.operations.run(id);
  expect(ended).not.toHaveProperty("retrying");
  expect(new Set(phases.flatMap(({ system, generation }) => (system === "S1" ? [generation.counter] : []))).size).toBe(1);
});
