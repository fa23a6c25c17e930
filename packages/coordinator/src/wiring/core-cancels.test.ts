import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import { redisRunStore } from "../adapters/redis/run-store.ts";
import { LIST_PLAN } from "../adapters/redis/scripts.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { failure } from "../../test-support/core-fleet.ts";

const at = useCore();
const { reaches } = at;
const cancels = () => at.fleet.sent.flatMap(({ message }) => (message.kind === "cancel" ? [message] : []));

test("a cancel that an absent agent is owed is repeated by the next coordinator, until the agent has answered it", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(id, 1);
  const order = at.fleet.orders()[0]?.order;
  if (!order) throw new Error("the system was ordered to stage");
  await at.fleet.disconnect("S1");
  await at.core.operations.cancel(ANNA, id);
  await reaches(id, "cancelled");
  expect(cancels()).toEqual([]);
  await at.core.stop();
  await at.restart();
  await at.fleet.connect("S1");
  await expect.poll(cancels).toEqual([{ kind: "cancel", orderId: order.id, epoch: 1 }]);
  const runStore = redisRunStore(at.redis.client);
  expect((await runStore.owedCancels()).get(order.id)).toEqual({ system: "S1", epoch: 1 });
  await at.fleet.report("S1", order, failure("CANCELLED", false));
  await expect.poll(async () => (await runStore.owedCancels()).size).toBe(0);
});

test("a cancel that is owed is stored again after Redis lost it", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(id, 1);
  await at.fleet.disconnect("S1");
  await at.core.operations.cancel(ANNA, id);
  await reaches(id, "cancelled");
  await at.redis.client.flushall();
  await at.core.redisBack();
  expect([...(await redisRunStore(at.redis.client).owedCancels()).values()]).toEqual([{ system: "S1", epoch: 1 }]);
});

test("what an agent was told to cancel before the coordinator was killed ends by force after its restart", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(id, 1);
  await at.core.operations.cancel(ANNA, id);
  await at.core.stop();
  await at.restart();
  await reaches(id, "cancelled");
  expect((await at.core.operations.run(id)).totals).toMatchObject({ cancelled: 2, running: 0 });
});

test("a phase whose agent disconnects shows since when it is lost, also after its slot went to others, until the agent is back", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(id, 1);
  const stage = async () => (await at.core.operations.run(id)).phases[0];
  const before = at.now();
  await at.fleet.disconnect("S1");
  await expect.poll(stage, { interval: 5 }).toMatchObject({ state: "running", lostSince: expect.any(Number) });
  await expect.poll(stage).toMatchObject({ state: "waiting", waitingFor: "agent-offline", lostSince: expect.any(Number) });
  expect((await stage())?.lostSince).toBeGreaterThanOrEqual(before);
  await at.fleet.connect("S1");
  await expect.poll(stage).toMatchObject({ state: "running" });
  expect(await stage()).not.toHaveProperty("lostSince");
});

test("a run that is cancelled while it gets its phases ends when these have ended, and not before", async () => {
  const { client } = at.redis;
  const runStore = redisRunStore(client);
  const [evaluate, started] = [client.eval.bind(client), Promise.withResolvers<string>()];
  const meanwhile = Promise.withResolvers<number | undefined>();
  client.eval = (async (...call: Parameters<typeof evaluate>) => {
    if (call[0] !== LIST_PLAN) return evaluate(...call);
    const id = await started.promise;
    await at.core.operations.cancel(ANNA, id);
    await new Promise((resolve) => setTimeout(resolve, 100)); // some rounds
    meanwhile.resolve((await runStore.run(id))?.endedAt);
    return evaluate(...call);
  }) as typeof evaluate;
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  started.resolve(id);
  expect(await meanwhile.promise).toBeUndefined();
  await reaches(id, "cancelled");
  await expect.poll(async () => (await runStore.run(id))?.endedAt).toEqual(expect.any(Number));
  expect((await runStore.phases(id)).map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
});
