import type { Order } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { ACTIVATED, manualExecutor, startTestAgent } from "../../../test-support/agent.ts";
import { anOrder } from "../../../test-support/orders.ts";

const STAGED = { kind: "staged", files: 1, reusedBytes: 0, fetchedBytes: 1, retriedBytes: 0 } as const;
const FAILED = { kind: "failed", code: "IO_ERROR", message: "a fault", retryable: true } as const;
const TASK = { kind: "stage", manifest: "5f".repeat(32), manifestBytes: 1, full: false, sourceVersion: 1 } as const;

/** An order to stage a unit, by default with the order to activate it. */
function aStage(activation: { activation?: { id: string; epoch: number; graceMs: number } } = { activation: AHEAD }): Order {
  return anOrder({ id: "stage", task: { ...TASK, ...activation } });
}
const AHEAD = { id: "activate", epoch: 3, graceMs: 5_000 };

async function stagingAgent(order = aStage()) {
  const coordinator = await startFakeCoordinator();
  const executor = manualExecutor();
  const dataDir = temporaryFolder();
  const agent = startTestAgent({ url: coordinator.url, dataDir, executor });
  const connection = await coordinator.welcomed();
  connection.say(order);
  const stage = await executor.started("stage");
  /** Ids of the orders that were begun, once the agent has answered a question that comes after all of it. */
  const begun = async (answering = connection): Promise<string[]> => {
    answering.say({ kind: "log-query", id: 1, order: "", limit: 1 });
    await answering.hear("log-lines");
    return executor.executions.map((execution) => execution.order.id);
  };
  return { coordinator, executor, dataDir, agent, connection, stage, begun };
}

test("an activation sent ahead begins as soon as its unit is staged, and both results are sent in this order", async () => {
  const { connection, executor, stage } = await stagingAgent();
  stage.end(STAGED);
  const { order, end } = await executor.started("activate", 3);
  expect(order).toEqual({ ...aStage(), id: "activate", epoch: 3, task: { kind: "activate", graceMs: 5_000 } });
  expect(await connection.hear("accepted", ({ orderId }) => orderId === "activate")).toMatchObject({ epoch: 3 });
  end(ACTIVATED);
  expect(await connection.hear("result", ({ orderId }) => orderId === "activate")).toMatchObject({ number: 2, outcome: ACTIVATED });
  expect(await connection.hear("result", ({ orderId }) => orderId === "stage")).toMatchObject({ number: 1, outcome: STAGED });
});

test("an activation sent ahead is carried out once, also when its own order arrives afterwards", async () => {
  const { connection, executor, stage, begun } = await stagingAgent();
  stage.end(STAGED);
  (await executor.started("activate", 3)).end(ACTIVATED);
  await connection.hear("result", ({ orderId }) => orderId === "activate");
  connection.say(anOrder({ id: "activate", epoch: 3 }));
  await connection.hear("result", () => connection.heard.filter(({ kind }) => kind === "result").length === 3);
  expect(await begun()).toEqual(["stage", "activate"]);
});

test("a unit that could not be staged is not activated", async () => {
  const { connection, stage, begun } = await stagingAgent();
  stage.end(FAILED);
  await connection.hear("result");
  expect(await begun()).toEqual(["stage"]);
});

test("an activation sent ahead is taken back by the same order without it, and sent again by the same order with it", async () => {
  const first = await stagingAgent();
  first.connection.say(aStage({}));
  await first.begun();
  first.stage.end(STAGED);
  await first.connection.hear("result");
  expect(await first.begun()).toEqual(["stage"]);

  const second = await stagingAgent(aStage({}));
  second.connection.say(aStage());
  await second.begun();
  second.stage.end(STAGED);
  await second.executor.started("activate", 3);
});

test("an activation sent ahead is forgotten when the connection ends, and when the agent ends", async () => {
  const { coordinator, connection, executor, agent, dataDir, stage, begun } = await stagingAgent();
  connection.socket.terminate();
  const again = await coordinator.welcomed();
  stage.end(STAGED);
  await again.hear("result");
  expect(await begun(again)).toEqual(["stage"]);

  again.say({ ...aStage(), id: "later", unit: { role: "dp", name: "ABC00002" } });
  await executor.started("later");
  await agent.stop();
  const resumed = manualExecutor();
  startTestAgent({ url: coordinator.url, dataDir, executor: resumed });
  const third = await coordinator.welcomed();
  (await resumed.started("later")).end(STAGED);
  await third.hear("result", ({ orderId }) => orderId === "later");
  third.say({ kind: "log-query", id: 1, order: "", limit: 1 });
  await third.hear("log-lines");
  expect(resumed.executions.map(({ order }) => order.id)).toEqual(["later"]);
});

test("an activation that was cancelled before its unit is staged is not begun, and reported as cancelled then", async () => {
  const { connection, stage, begun } = await stagingAgent();
  connection.say({ kind: "cancel", orderId: "activate", epoch: 3 });
  await begun();
  stage.end(STAGED);
  expect(await connection.hear("result", ({ orderId }) => orderId === "activate")).toMatchObject({ outcome: { code: "CANCELLED" } });
  expect(await begun()).toEqual(["stage"]);
});
