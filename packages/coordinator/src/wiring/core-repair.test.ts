import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import type { Order, Outcome } from "@sitewright/protocol";
import { useCore } from "../../test-support/core-fixture.ts";
import { failure, success } from "../../test-support/core-fleet.ts";
import { aReport } from "../../../protocol/test-support/reports.ts";

const at = useCore();
const orders = () => at.fleet.orders().map(({ system, order }) => `${system} ${order.task.kind} ${order.epoch}`);

const damaged = aReport({ bytes: 100, counts: { damaged: 1 } });
const right = aReport({ bytes: 100 });
/** Systems that hold something wrong. */
const wrongOn =
  (...wrong: string[]) =>
  (order: Order, system: string): Outcome =>
    order.task.kind === "verify" ? (wrong.includes(system) ? damaged : right) : success(order);

test("a repair stages and activates only what is wrong, and its steps add up to the plan", async () => {
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = wrongOn("S2");
  const run = await at.core.operations.start(ANNA, "repair", { systems: ["S1", "S2"], full: true });
  await at.reaches(run.id, "done");
  expect(orders().filter((line) => line.startsWith("S1"))).toEqual(["S1 verify 1"]);
  expect(orders().filter((line) => line.startsWith("S2"))).toEqual(["S2 verify 1", "S2 stage 1", "S2 activate 1"]);
  expect(at.fleet.orders().flatMap(({ order: { task } }) => ("full" in task ? [`${task.kind} ${task.full}`] : []))).toEqual([
    "verify true",
    "verify true",
    "stage false",
  ]);
  const { phases, totals } = await at.core.operations.run(run.id);
  const statesOn = (name: string) => phases.filter(({ system }) => system === name).map(({ state }) => state);
  expect(statesOn("S1")).toEqual(["done", "unneeded", "unneeded"]);
  expect(statesOn("S2")).toEqual(["done", "done", "done"]);
  expect(totals).toMatchObject({ phases: 6, done: 4, unneeded: 2, failed: 0, skipped: 0, units: 2 });
  expect(totals).toMatchObject({ sourceBytes: 200, reusedBytes: 140, fetchedBytes: 60 });
});

test("a repair waits for an absent agent, as a rebuild does", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = wrongOn("S2");
  const run = await at.core.operations.start(ANNA, "repair", { systems: ["S1", "S2"] });
  await expect.poll(async () => (await at.core.operations.run(run.id)).totals).toMatchObject({ done: 1, unneeded: 2, unreachable: ["S2"] });
  await at.fleet.connect("S2");
  await at.reaches(run.id, "done");
  expect(orders()).toEqual(["S1 verify 1", "S2 verify 1", "S2 stage 1", "S2 activate 1"]);
});

test("a unit that cannot be repaired fails, and a retry stages it as a new generation without verifying the others again", async () => {
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = (order, name) => (order.task.kind === "stage" ? failure("IO_ERROR", false) : wrongOn("S2")(order, name));
  const run = await at.core.operations.start(ANNA, "repair", { systems: ["S1", "S2"] });
  await at.reaches(run.id, "failed");
  const before = await at.core.operations.run(run.id);
  expect(before.totals).toMatchObject({ done: 2, unneeded: 2, failed: 1, skipped: 1 });
  at.fleet.sent.length = 0;
  at.fleet.answer = success;
  await at.core.operations.retry(ANNA, run.id);
  await at.reaches(run.id, "done");
  expect(orders()).toEqual(["S2 stage 2", "S2 activate 2"]);
  const { phases } = await at.core.operations.run(run.id);
  const [verified, staged, activated] = phases.filter(({ system }) => system === "S2");
  expect(staged?.generation).toEqual(activated?.generation);
  expect(staged?.generation.counter).toBeGreaterThan(verified?.generation.counter ?? Infinity);
});

test("a repair with an unusable source fails that unit once, also when it is retried", async () => {
  at.broken.add("dp/ABC00001");
  await at.fleet.connect("S1");
  const run = await at.core.operations.start(ANNA, "repair", { systems: ["S1"] });
  await at.reaches(run.id, "failed");
  const states = async () => (await at.core.operations.run(run.id)).phases.map(({ state }) => state);
  expect(await states()).toEqual(["failed", "skipped", "skipped"]);
  await at.core.operations.retry(ANNA, run.id);
  await at.reaches(run.id, "failed");
  expect(await states()).toEqual(["failed", "skipped", "skipped"]);
  at.broken.clear();
  at.fleet.answer = wrongOn();
  await at.core.operations.retry(ANNA, run.id);
  await at.reaches(run.id, "done");
  expect(await states()).toEqual(["done", "unneeded", "unneeded"]);
});

/** A staging is running: the phases before it are over, and its order is not sent again. */
async function staging(run: string): Promise<void> {
  await expect.poll(() => at.fleet.orders("stage")).toHaveLength(1);
  await at.accepted(run, 1);
}

test("a coordinator that restarts during a repair continues it", async () => {
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = (order, name) => (order.task.kind === "stage" ? undefined : wrongOn("S2")(order, name));
  const run = await at.core.operations.start(ANNA, "repair", { systems: ["S1", "S2"] });
  await staging(run.id);
  await at.core.stop();
  at.fleet.answer = wrongOn("S2");
  await at.restart();
  await at.fleet.connect("S1", "S2");
  await at.reaches(run.id, "done");
  expect((await at.core.operations.run(run.id)).totals).toMatchObject({ phases: 6, done: 4, unneeded: 2 });
  expect(at.fleet.orders("verify")).toHaveLength(2);
});

test("cancelling a repair ends the phases that have not begun, and a newer repair takes over its units", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = (order, name) => (order.task.kind === "stage" ? undefined : wrongOn("S1")(order, name));
  const first = await at.core.operations.start(ANNA, "repair", { systems: ["S1"] });
  await staging(first.id);
  at.fleet.answer = wrongOn();
  const second = await at.core.operations.start(ANNA, "repair", { systems: ["S1"] });
  await at.reaches(second.id, "done");
  await at.reaches(first.id, "failed");
  expect((await at.core.operations.run(first.id)).totals).toMatchObject({ done: 1, cancelled: 2 });
});
