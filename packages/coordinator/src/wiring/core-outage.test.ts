import { ANNA } from "../../test-support/fakes.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { CHANGE_PHASE, SAVE_RUN, SET_KEY } from "../adapters/redis/scripts.ts";
import { redisRunStore } from "../adapters/redis/run-store.ts";
import { redisRegistry } from "../adapters/redis/registry.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { failure, success } from "../../test-support/core-fleet.ts";

const at = useCore();
const { reaches } = at;

test("an absent agent delays no other agent, and gets its orders when it connects", async () => {
  await at.fleet.connect("A1", "S1");
  const run = await at.core.operations.start(ANNA, "rebuild", {});
  await expect.poll(async () => (await at.core.operations.run(run.id)).totals).toMatchObject({ done: 6, waiting: 2, unreachable: ["S2"] });
  await at.fleet.connect("S2");
  await reaches(run.id, "done");
});

test("an agent whose connection ended while its hello was answered is not said to be connected", async () => {
  const told: boolean[] = [];
  at.core.liveView.subscribe((event) => event.type === "system" && told.push(event.system.connected));
  const agent = { system: "S1", roles: ["dp" as const], platform: "linux", version: "0", since: 1, answersQueries: true };
  await at.core.agentEvents.connected(agent, { inventoryDigest: "", lastResult: 0 });
  await at.core.agentEvents.disconnected("S1");
  await at.fleet.connect("S2");
  await expect.poll(() => told).toEqual([false, true]);
});

test("an agent that disconnects during an order gets the same order again when it connects", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(run.id, 1);
  await at.fleet.disconnect("S1");
  await expect
    .poll(async () => (await at.core.operations.run(run.id)).phases[0])
    .toMatchObject({ state: "waiting", waitingFor: "agent-offline" });
  const [first] = at.fleet.orders();
  expect(await at.core.contentRights.orderFor("S1", first?.order.id ?? "", "manifest of ABC00001")).toBeDefined();
  at.fleet.answer = success;
  await at.fleet.connect("S1");
  await reaches(run.id, "done");
  const ids = new Set(at.fleet.orders("stage").map(({ order }) => `${order.id} ${order.epoch}`));
  expect([...ids]).toEqual([`${first?.order.id} 1`]);
});

test("a restarted coordinator resumes its runs, and the agent's stored result counts", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(run.id, 1);
  await at.core.stop();
  await at.fleet.disconnect("S1");
  await at.restart();
  at.fleet.answer = success;
  await at.fleet.connect("S1");
  await reaches(run.id, "done");
  expect(new Set(at.fleet.orders("stage").map(({ order }) => `${order.id} ${order.epoch}`)).size).toBe(1);
});

test("a run in preparation, or one just prepared, is started by the next coordinator", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const planned = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(planned.id, 1);
  await at.core.stop();
  const runStore = redisRunStore(at.redis.client);
  await runStore.saveRun({ ...planned, state: "preparing" });
  await runStore.createRun({ ...planned, id: "fresh", options: { ...planned.options, systems: ["A1"] }, state: "preparing" });
  at.fleet.answer = success;
  await at.restart();
  await at.fleet.connect("S1", "A1");
  await reaches(planned.id, "done");
  await reaches("fresh", "done");
  expect((await at.core.operations.run(planned.id)).totals.phases).toBe(2);
  expect((await at.core.operations.run("fresh")).totals.phases).toBe(4);
});

test("after Redis was killed the run continues, and agents are asked again for what was lost", async () => {
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = (order, name) => (name === "S2" ? undefined : success(order));
  at.redis.onBack(() => void at.core.redisBack());
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1", "S2"] });
  await expect.poll(async () => (await at.core.operations.run(run.id)).totals.done).toBe(2);
  const registry = redisRegistry(at.redis.client);
  await expect.poll(() => registry.acked("S1")).toBe(2);
  await registry.setAcked("S1", 1);
  at.fleet.sent.length = 0;
  at.fleet.answer = success;
  await at.killServer();
  await expect
    .poll(() => at.fleet.sent.filter(({ message }) => message.kind === "ack").map(({ message }) => message))
    .toContainEqual({ kind: "ack", upTo: 1 });
  const open = (await at.core.operations.run(run.id)).phases.find(({ state }) => state === "running");
  if (open) await at.fleet.report("S2", open, { kind: "staged", files: 2, reusedBytes: 0, fetchedBytes: 100, retriedBytes: 0 });
  await reaches(run.id, "done");
});

test("what was to be released when Redis did not answer is released soon after", async () => {
  await at.fleet.connect("S1");
  const { client } = at.redis;
  const evaluate = client.eval.bind(client) as (...call: unknown[]) => Promise<unknown>;
  let outages = 1;
  const refusing = vi.spyOn(client, "eval").mockImplementation((async (...call: unknown[]) => {
    if (call[0] === CHANGE_PHASE && outages-- > 0) throw new Error("Connection is closed.");
    return evaluate(...call);
  }) as typeof client.eval);
  onTestFinished(() => refusing.mockRestore());
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(run.id, "done");
  expect(outages).toBeLessThan(1);
});

test("a run whose preparation fails while Redis does not answer is prepared again once it does", async () => {
  await at.fleet.connect("S1");
  const { client } = at.redis;
  const evaluate = client.eval.bind(client) as (...call: unknown[]) => Promise<unknown>;
  const failures = new Map<unknown, Error[]>([
    [SET_KEY, [new Error("something else")]],
    [SAVE_RUN, [new Error("Connection is closed.")]],
  ]);
  const failing = vi.spyOn(client, "eval").mockImplementation((async (...call: unknown[]) => {
    const failed = failures.get(call[0])?.shift();
    if (failed) throw failed;
    return evaluate(...call);
  }) as typeof client.eval);
  onTestFinished(() => failing.mockRestore());
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(run.id, "done");
  expect([...failures.values()].flat()).toEqual([]);
});

test("a result of a forgotten order is acknowledged; a repeated one changes nothing", async () => {
  await at.fleet.connect("S1");
  const unknown = { id: "lost", epoch: 1, unit: { role: "dp", name: "ABC00001" }, generation: { epoch: 1, counter: 1 } } as const;
  await at.fleet.report("S1", unknown, failure("IO_ERROR", true));
  expect(at.fleet.sent.at(-1)?.message).toEqual({ kind: "ack", upTo: 1 });
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(run.id, "done");
  const [stage] = at.fleet.orders("stage");
  if (!stage) throw new Error("the system was ordered to stage");
  await at.fleet.report("S1", stage.order, failure("IO_ERROR", true));
  expect((await at.core.operations.run(run.id)).totals).toMatchObject({ done: 2, failed: 0 });
});

test("a failure that is reported twice at the same time costs one attempt", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(run.id, 1);
  const order = at.fleet.orders("stage")[0]?.order;
  if (!order) throw new Error("the system was ordered to stage");
  const report = (): Promise<void> => at.fleet.report("S1", order, failure("IO_ERROR", true));
  await Promise.all([report(), report(), report()]);
  expect((await at.core.operations.run(run.id)).phases[0]).toMatchObject({ task: "stage", epoch: 2 });
});

test("after Redis lost everything the current state is stored again, and no phase of a run is lost", async () => {
  await at.fleet.connect("A1", "S1");
  at.fleet.answer = (order) => (order.task.kind === "activate" ? undefined : success(order));
  const run = await at.core.operations.start(ANNA, "rebuild", {});
  await expect.poll(async () => (await at.core.operations.run(run.id)).totals).toMatchObject({ done: 3, running: 3, waiting: 2 });
  await at.redis.client.flushall();
  at.fleet.answer = success;
  for (const { system, order } of at.fleet.orders("activate")) await at.fleet.report(system, order, success(order));
  await at.fleet.connect("S2");
  await reaches(run.id, "done");
  const stored = redisRunStore(at.redis.client);
  expect(await stored.run(run.id)).toMatchObject({ state: "done" });
  expect((await stored.phases(run.id)).map(({ state }) => state)).toEqual(Array(8).fill("done"));
});

test("what Redis lost of a run during an outage is written again, and what only Redis has is adopted", async () => {
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await at.core.operations.run(run.id)).phases.length).toBe(2);
  const before = (await at.core.operations.run(run.id)).phases.map(({ id }) => id);
  await at.redis.client.flushall();
  await redisRunStore(at.redis.client).createRun({
    ...run,
    id: "answerlost",
    options: { ...run.options, systems: ["A1"] },
    state: "preparing",
  });
  await at.core.redisBack();
  expect((await redisRunStore(at.redis.client).phases(run.id)).map(({ id }) => id)).toEqual(before);
  await at.fleet.connect("S1", "A1");
  await reaches(run.id, "done");
  await reaches("answerlost", "done");
});

test("how a run and its phases ended is stored again where Redis lost that just before the outage", async () => {
  await at.fleet.connect("S1");
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(id, "done");
  const { run, phases } = await at.core.operations.run(id);
  const stored = redisRunStore(at.redis.client);
  const open = phases.map((phase) => {
    const { outcome: _, endedAt: __, ...rest } = phase;
    return { ...rest, state: "running" as const };
  });
  await stored.addPhases(id, open);
  await at.core.redisBack();
  expect((await stored.phases(id)).map(({ state }) => state)).toEqual(["done", "done"]);
  const { endedAt: _, ...rest } = run;
  await stored.saveRun({ ...rest, state: "running" });
  await stored.addPhases(id, open);
  await at.core.redisBack();
  expect(await stored.run(id)).toEqual(run);
  expect(await stored.phases(id)).toEqual(phases);
});

test("whoever restores what Redis lost is told that it failed, and the next attempt stores what is missing", async () => {
  await at.fleet.connect("S1");
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(id, "done");
  await at.redis.client.flushall();
  const full = vi.spyOn(at.redis.client, "eval").mockRejectedValue(new Error("OOM command not allowed"));
  await expect(at.core.redisBack()).rejects.toThrow("OOM");
  full.mockRestore();
  await at.core.redisBack();
  expect(await redisRunStore(at.redis.client).run(id)).toMatchObject({ state: "done" });
});

test("a phase whose job was lost in the queue is released again", async () => {
  at.loseJobs(1);
  await at.fleet.connect("S1");
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(run.id, "done");
  expect((await at.core.operations.run(run.id)).totals).toMatchObject({ done: 2 });
});

test("bytes sent and progress survive a killed coordinator", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(run.id, 1);
  const id = at.fleet.orders("stage")[0]?.order.id ?? "";
  at.core.contentRights.sent(id, 1234);
  await at.core.agentEvents.progress("S1", {
    kind: "progress",
    orderId: id,
    step: "fetching",
    files: 1,
    reusedBytes: 40,
    fetchedBytes: 9,
    retriedBytes: 0,
  });
  const stored = redisRunStore(at.redis.client);
  await expect.poll(() => stored.phase(id)).toMatchObject({ state: "running", wireBytes: 1234, progress: { fetchedBytes: 9 } });
});
