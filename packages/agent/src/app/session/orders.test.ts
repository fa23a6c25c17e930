import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { ACTIVATED, manualExecutor, NO_CONTENT, startTestAgent } from "../../../test-support/agent.ts";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { anOrder } from "../../../test-support/orders.ts";

async function connectedAgent(dataDir = temporaryFolder()) {
  const coordinator = await startFakeCoordinator();
  const executor = manualExecutor();
  const agent = startTestAgent({ url: coordinator.url, dataDir, executor });
  return { coordinator, executor, agent, dataDir, connection: await coordinator.welcomed() };
}

test("an order is accepted, run, and its result sent under the next number", async () => {
  const { connection, executor } = await connectedAgent();
  connection.say(anOrder());
  expect(await connection.hear("accepted")).toEqual({ kind: "accepted", orderId: "run1-1", epoch: 1 });
  (await executor.started("run1-1")).end(ACTIVATED);
  const { unit, generation } = anOrder();
  expect(await connection.hear("result")).toEqual({
    kind: "result",
    number: 1,
    orderId: "run1-1",
    epoch: 1,
    unit,
    generation,
    outcome: ACTIVATED,
  });
});

test("an order whose result nobody could read fails, and holds up no other", async () => {
  const { connection, executor } = await connectedAgent();
  connection.say(anOrder({ id: "odd" }));
  connection.say(anOrder({ id: "next" }));
  const odd = await executor.started("odd");
  odd.end({ kind: "estimated", files: 1, sourceBytes: 1, presentBytes: 1, indexAgeMs: -1 });
  (await executor.started("next")).end(ACTIVATED);
  await connection.hear("result", ({ orderId }) => orderId === "next");
  expect(connection.heard.find((message) => message.kind === "result")).toMatchObject({
    orderId: "odd",
    outcome: { kind: "failed", code: "INTERNAL", message: expect.stringContaining("index age") as string },
  });
});

test("an order sent again is accepted again while it runs, and answered with the stored result when it is done", async () => {
  const { connection, executor } = await connectedAgent();
  connection.say(anOrder());
  connection.say(anOrder());
  await connection.hear("accepted", () => connection.heard.filter(({ kind }) => kind === "accepted").length === 2);
  (await executor.started("run1-1")).end(ACTIVATED);
  await connection.hear("result");
  connection.say({ kind: "ack", upTo: 1 });
  connection.say(anOrder());
  await connection.hear("result", () => connection.heard.filter(({ kind }) => kind === "result").length === 2);
  expect(connection.heard.filter((message) => message.kind === "result").map(({ number }) => number)).toEqual([1, 1]);
  expect(executor.executions).toHaveLength(1);
});

test("orders of one unit run one after the other in order of arrival, and four units run at once", async () => {
  const { connection, executor } = await connectedAgent();
  connection.say(anOrder({ id: "a1" }));
  connection.say(anOrder({ id: "a2" }));
  for (const n of [2, 3, 4, 5]) connection.say(anOrder({ id: `u${n}`, unit: { role: "dp", name: `ABC0000${n}` } }));
  await connection.hear("accepted", ({ orderId }) => orderId === "u5");
  expect(executor.executions.map(({ order }) => order.id)).toEqual(["a1", "u2", "u3", "u4"]);
  (await executor.started("u3")).end(ACTIVATED);
  (await executor.started("u5")).end(ACTIVATED);
  (await executor.started("a1")).end(ACTIVATED);
  await executor.started("a2");
  expect(executor.executions.map(({ order }) => order.id)).toEqual(["a1", "u2", "u3", "u4", "u5", "a2"]);
});

test("a higher epoch of an order replaces the running attempt, whose end is never reported", async () => {
  const { connection, executor } = await connectedAgent();
  connection.say(anOrder());
  const first = await executor.started("run1-1", 1);
  connection.say(anOrder({ epoch: 2 }));
  (await executor.started("run1-1", 2)).end(ACTIVATED);
  expect(first.context.signal.aborted).toBe(true);
  expect(await connection.hear("result")).toMatchObject({ number: 1, epoch: 2, outcome: ACTIVATED });
});

test("a cancel aborts its order, whose result is CANCELLED", async () => {
  const { connection, executor } = await connectedAgent();
  connection.say(anOrder());
  await executor.started("run1-1");
  connection.say({ kind: "cancel", orderId: "run1-1", epoch: 1 });
  expect((await connection.hear("result")).outcome).toMatchObject({ kind: "failed", code: "CANCELLED", retryable: false });
});

test("a cancel removes an order that still waits for its unit", async () => {
  const { connection, executor } = await connectedAgent();
  connection.say(anOrder({ id: "a1" }));
  connection.say(anOrder({ id: "a2" }));
  connection.say({ kind: "cancel", orderId: "a2", epoch: 1 });
  expect(await connection.hear("result")).toMatchObject({ orderId: "a2", outcome: { code: "CANCELLED" } });
  expect(executor.executions).toHaveLength(1);
});

test("a cancel that overtakes its order is effective, also across a restart; the next attempt runs", async () => {
  const { connection, agent, coordinator, dataDir } = await connectedAgent();
  connection.say({ kind: "cancel", orderId: "run1-1", epoch: 3 });
  connection.say(anOrder({ id: "other", unit: { role: "dp", name: "ABC00002" } }));
  await connection.hear("accepted");
  await agent.stop();
  const executor = manualExecutor();
  startTestAgent({ url: coordinator.url, dataDir, executor });
  const second = await coordinator.welcomed();
  second.say(anOrder({ epoch: 3 }));
  expect(await second.hear("result")).toMatchObject({ orderId: "run1-1", epoch: 3, outcome: { code: "CANCELLED" } });
  second.say(anOrder({ epoch: 4 }));
  expect((await executor.started("run1-1", 4)).order.epoch).toBe(4);
});

test("an unfinished order continues at the next start of the agent without a coordinator, and reports nothing before", async () => {
  const { connection, executor, agent, dataDir } = await connectedAgent();
  connection.say(anOrder());
  const first = await executor.started("run1-1");
  await agent.stop();
  expect(first.context.signal.aborted).toBe(true);
  expect(connection.heard.map(({ kind }) => kind)).toEqual(["hello", "accepted"]);

  const again = manualExecutor();
  const second = startTestAgent({ url: new URL("https://127.0.0.1:1"), dataDir, executor: again });
  (await again.started("run1-1")).end(ACTIVATED);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await second.stop();

  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir });
  expect(await (await coordinator.welcomed()).hear("result")).toMatchObject({ number: 1, outcome: ACTIVATED });
});

test("results from the time of a lost link are sent on the next one, in order, above what the run store holds", async () => {
  const { connection, executor, coordinator } = await connectedAgent();
  for (const n of [1, 2, 3]) connection.say(anOrder({ id: `o${n}`, unit: { role: "dp", name: `ABC0000${n}` } }));
  (await executor.started("o1")).end(ACTIVATED);
  await connection.hear("result");
  connection.socket.terminate();
  (await executor.started("o2")).end(ACTIVATED);
  (await executor.started("o3")).end(ACTIVATED);
  const second = await coordinator.welcomed({ acked: 1 });
  await second.hear("result", ({ number }) => number === 3);
  expect(second.heard.filter((message) => message.kind === "result").map(({ number }) => number)).toEqual([2, 3]);
});

test("an acknowledgement lower than an earlier one makes the agent send everything above it again", async () => {
  const { connection, executor } = await connectedAgent();
  for (const n of [1, 2, 3]) {
    connection.say(anOrder({ id: `o${n}`, unit: { role: "dp", name: `ABC0000${n}` } }));
    (await executor.started(`o${n}`)).end(ACTIVATED);
    await connection.hear("result", ({ number }) => number === n);
  }
  connection.say({ kind: "ack", upTo: 3 });
  connection.say({ kind: "ack", upTo: 1 });
  await connection.hear("result", () => connection.heard.filter(({ kind }) => kind === "result").length === 5);
  expect(connection.heard.filter((message) => message.kind === "result").map(({ number }) => number)).toEqual([1, 2, 3, 2, 3]);
});

test("an agent whose memory is younger than the run store numbers its results above what the run store holds", async () => {
  const coordinator = await startFakeCoordinator();
  const executor = manualExecutor();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), executor });
  const connection = await coordinator.welcomed({ acked: 57 });
  connection.say(anOrder());
  (await executor.started("run1-1")).end(ACTIVATED);
  expect((await connection.hear("result")).number).toBe(58);
});

test("progress is limited to two reports per second, the newest last, and none follows the result", async () => {
  const { connection, executor } = await connectedAgent();
  connection.say(anOrder());
  const { context, ...execution } = await executor.started("run1-1");
  const totals = { step: "fetching" as const, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 };
  for (let files = 1; files <= 100; files++) context.progress({ ...totals, files });
  await connection.hear("progress", ({ files }) => files === 100);
  context.progress({ ...totals, files: 101 });
  execution.end(ACTIVATED);
  await connection.hear("result");
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(connection.heard.filter((message) => message.kind === "progress").map(({ files }) => files)).toEqual([1, 100]);
});

test("an executor that throws despite its contract ends the order as failed", async () => {
  const coordinator = await startFakeCoordinator();
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), executor: { execute: () => Promise.reject(new Error("a fault")) } });
  const connection = await coordinator.welcomed();
  connection.say(anOrder());
  expect((await connection.hear("result")).outcome).toEqual({ kind: "failed", code: "INTERNAL", message: "a fault", retryable: true });
});

test("what no coordinator sent is not kept waiting for a unit that the line brings: the older of both is named", async () => {
  const { connection, executor, agent } = await connectedAgent();
  const generation = { epoch: 1, counter: 5 };
  const task = { kind: "stage", manifest: "ab".repeat(32), manifestBytes: 1, full: false, sourceVersion: 1 } as const;
  connection.say(anOrder({ id: "a1", task, generation }));
  await executor.started("a1");
  const context = { content: NO_CONTENT, progress: () => undefined, signal: new AbortController().signal };
  const local = (counter: number) => agent.runner.runLocal(anOrder({ id: "local", task, generation: { epoch: 1, counter } }), context);
  expect(await local(4)).toMatchObject({ kind: "failed", code: "STALE_GENERATION" });
  expect(await local(6)).toMatchObject({ kind: "failed", code: "CONFLICT" });
});

test("what no coordinator sent and waits for another order ends at once when nobody waits for it any more", async () => {
  const { connection, executor, agent } = await connectedAgent();
  connection.say(anOrder({ id: "a1" }));
  await executor.started("a1");
  const gone = new AbortController();
  const local = agent.runner.runLocal(anOrder({ id: "local" }), { content: NO_CONTENT, progress: () => undefined, signal: gone.signal });
  gone.abort();
  expect(await local).toMatchObject({ kind: "failed", code: "CANCELLED" });
});

test("what no coordinator sent takes its turn among the orders of its unit, is reported to none, and ends with the agent", async () => {
  const { connection, executor, agent } = await connectedAgent();
  connection.say(anOrder({ id: "a1" }));
  await executor.started("a1");
  const context = { content: NO_CONTENT, progress: () => undefined, signal: new AbortController().signal };
  const local = agent.runner.runLocal(anOrder({ id: "local" }), context);
  const waiting = agent.runner.runLocal(anOrder({ id: "waiting" }), context);
  expect(executor.executions.map(({ order }) => order.id)).toEqual(["a1"]);
  (await executor.started("a1")).end(ACTIVATED);
  (await executor.started("local")).end(ACTIVATED);
  expect(await local).toEqual(ACTIVATED);
  await executor.started("waiting");
  await connection.hear("result");
  await agent.stop();
  expect(await waiting).toMatchObject({ kind: "failed" });
  expect(connection.heard.flatMap((message) => (message.kind === "result" ? [message.orderId] : []))).toEqual(["a1"]);
});
