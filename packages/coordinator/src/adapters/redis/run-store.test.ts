import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Held } from "@sitewright/protocol";
import type { RunStore } from "../../app/ports/runs.ts";
import { createPhaseIds, placeOfPhaseId } from "../../domain/runs/phase-ids.ts";
import type { Phase } from "../../domain/runs/run.ts";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { silent, useRedis } from "../../../test-support/redis/redis-fixture.ts";
import { bullmqQueue } from "../bullmq-queue.ts";
import { KEYS } from "./keys.ts";
import { redisForecasts } from "./forecasts.ts";
import { redisRunStore } from "./run-store.ts";
import { redisRegistry } from "./registry.ts";
import { LIST_PLAN } from "./scripts.ts";

const at = useRedis();
/** With a counter of 16 digits, as generations have. */
const aWaiting = (overrides: Partial<Phase> = {}): Phase =>
  aPhase({ id: "p1", run: "r1", state: "waiting", generation: { epoch: 1, counter: 1_763_800_000_123_457 }, ...overrides });

test("phases are read as they were stored, in the order of the plan, with all the digits of their generation", async () => {
  const runStore = redisRunStore(at.redis.client);
  await runStore.createRun(aRun());
  const phases = [aWaiting({ id: "b", number: 1 }), aWaiting({ id: "a", number: 0, state: "failed" }), aWaiting({ id: "c", number: 2 })];
  await runStore.addPhases("r1", phases);
  expect((await runStore.phases("r1")).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  await runStore.changePhase("b", ["waiting"], (phase) => ({ ...phase, state: "released" }));
  expect(await runStore.phase("b")).toEqual(aWaiting({ id: "b", number: 1, state: "released" }));
});

test("phases that are added later, or again, join those that a run has, in the order of the plan", async () => {
  const runStore = redisRunStore(at.redis.client);
  const phases = Array.from({ length: 1_203 }, (_, number) => aWaiting({ id: `p${number}`, number }));
  await runStore.addPhases("r1", phases.slice(700));
  await runStore.addPhases("r1", phases.slice(0, 701));
  expect((await runStore.phases("r1")).map(({ number }) => number)).toEqual(phases.map(({ number }) => number));
});

test("a change whose answer was lost is sent again, and applies once", async () => {
  const { client } = at.redis;
  const again = Object.create(client) as typeof client;
  again.eval = (async (...call: Parameters<typeof client.eval>) => (
    await client.eval(...call),
    client.eval(...call)
  )) as typeof client.eval;
  const runStore = redisRunStore(again);
  await runStore.addPhases("r1", [aWaiting({ id: "a", number: 0 }), aWaiting({ id: "b", number: 1 })]);
  await runStore.changePhase("b", ["waiting"], (phase) => ({ ...phase, wireBytes: phase.wireBytes + 1 }));
  expect((await runStore.phases("r1")).map(({ id, wireBytes }) => [id, wireBytes])).toEqual([
    ["a", 0],
    ["b", 1],
  ]);
});

test.each([
  ["the run gets its phases from the next coordinator", (store: RunStore) => store.addPhases("r1", [aWaiting({ id: "b", number: 0 })])],
  ["the run ends without phases", (store: RunStore) => store.saveRun(aRun({ id: "r1", state: "cancelled", endedAt: 1 }))],
])("phases that a coordinator stored before it was killed, and did not list, are removed when %s", async (_, next) => {
  const killed = Object.create(at.redis.client) as typeof at.redis.client;
  killed.eval = ((...call: Parameters<typeof killed.eval>) =>
    call[0] === LIST_PLAN ? Promise.reject(new Error("killed")) : at.redis.client.eval(...call)) as typeof killed.eval;
  const idOf = createPhaseIds(randomUUID());
  const unlisted = [aWaiting({ id: "a", number: 0 }), aWaiting({ id: idOf(1), number: 1 })];
  await expect(redisRunStore(killed).addPhases("r1", unlisted)).rejects.toThrow("killed");
  const runStore = redisRunStore(at.redis.client);
  expect(await runStore.phases("r1")).toEqual([]);
  await next(runStore);
  expect(await Promise.all(unlisted.map(({ id }) => runStore.phase(id)))).toEqual([undefined, undefined]);
  expect(await at.redis.client.keys(`*${placeOfPhaseId(idOf(1))?.plan}*`)).toEqual([]);
});

test("phases that are stored again replace what was stored under their ids, and nothing of it is left", async () => {
  const runStore = redisRunStore(at.redis.client);
  const idOf = createPhaseIds(randomUUID());
  const phases = [0, 1, 2].map((number) => aWaiting({ id: idOf(number), number }));
  await runStore.addPhases("r1", phases);
  const failed = { kind: "failed", code: "DISK_FULL", message: "full", retryable: false } as const;
  for (const { id } of phases) await runStore.changePhase(id, ["waiting"], (phase) => ({ ...phase, state: "failed", outcome: failed }));
  const again = aWaiting({ id: idOf(1), number: 1, state: "running", startedAt: 5, generation: { epoch: 2, counter: 7 } });
  await runStore.addPhases("r1", [again]);
  expect(await runStore.phase(again.id)).toEqual(again);
  expect((await runStore.phases("r1")).map(({ state }) => state)).toEqual(["failed", "running", "failed"]);
  expect(await redisRunStore(at.redis.client).phases("r1")).toEqual(await runStore.phases("r1"));
});

test("a phase of which Redis lost the plan is not found, changes no more, and is there again once it is stored again", async () => {
  const runStore = redisRunStore(at.redis.client);
  const phase = aWaiting({ id: createPhaseIds(randomUUID())(0), number: 0 });
  await runStore.addPhases("r1", [phase]);
  await runStore.changePhase(phase.id, ["waiting"], (waiting) => ({ ...waiting, state: "released" }));
  await at.redis.client.flushall();
  expect(await runStore.changePhase(phase.id, ["released"], (released) => ({ ...released, state: "running" }))).toBeUndefined();
  expect([await runStore.phase(phase.id), await at.redis.client.keys("*")]).toEqual([undefined, []]);
  await runStore.addPhases("r1", [phase]);
  expect(await runStore.changePhase(phase.id, ["waiting"], (waiting) => ({ ...waiting, state: "done" }))).toMatchObject({ state: "done" });
});

test("a change applies only from the states it names", async () => {
  const runStore = redisRunStore(at.redis.client);
  await runStore.addPhases("r1", [aWaiting()]);
  expect(await runStore.changePhase("p1", ["running"], (phase) => ({ ...phase, state: "done" }))).toBeUndefined();
  expect(await runStore.changePhase("nobody", ["waiting"], (phase) => phase)).toBeUndefined();
  expect(await runStore.phase("p1")).toEqual(aWaiting());
});

test("no concurrent change is lost", async () => {
  const runStore = redisRunStore(at.redis.client);
  await runStore.addPhases("r1", [aWaiting()]);
  await Promise.all(
    Array.from({ length: 20 }, () => runStore.changePhase("p1", ["waiting"], (phase) => ({ ...phase, wireBytes: phase.wireBytes + 1 }))),
  );
  expect((await runStore.phase("p1"))?.wireBytes).toBe(20);
});

test("a run is created once; another with the same id is refused", async () => {
  const runStore = redisRunStore(at.redis.client);
  expect([await runStore.createRun(aRun()), await runStore.createRun(aRun()), await runStore.createRun(aRun({ createdAt: 2 }))]).toEqual([
    true,
    true,
    false,
  ]);
  expect(await runStore.runs(5)).toEqual([aRun()]);
});

test("the last 200 runs are kept with their phases and first forecasts, and an open one regardless of its age", async () => {
  const runStore = redisRunStore(at.redis.client);
  const forecasts = redisForecasts(at.redis.client);
  const forecast = { madeAt: 1, total: { wireBytes: 2, curve: [[1, 0.5] as [number, number]] }, addresses: [], away: ["S1"] };
  await runStore.createRun(aRun({ id: "open", createdAt: 0 }));
  for (const run of ["open", "r1"]) await forecasts.keepFirst(run, forecast);
  for (let n = 1; n <= 202; n++) {
    await runStore.addPhases(`r${n}`, [aWaiting({ id: `p${n}`, run: `r${n}`, state: "done" })]);
    await runStore.saveRun(aRun({ id: `r${n}`, createdAt: n, state: "done", endedAt: n }));
  }
  expect(await runStore.run("r1")).toBeUndefined();
  expect(await runStore.phase("p1")).toBeUndefined();
  expect(await forecasts.first("r1")).toBeUndefined();
  expect(await runStore.run("open")).toBeDefined();
  expect(await forecasts.first("open")).toEqual(forecast);
  expect((await runStore.runs(2)).map(({ id }) => id)).toEqual(["r202", "r201"]);
});

test("a join token works once, for its system, until it expires; a refusal names which of these it was", async () => {
  const registry = redisRegistry(at.redis.client);
  const now = Date.now();
  await registry.addJoinToken("t1", { system: "A", expiresAt: now + 1000 });
  const join = (token: string, system: string, at: number) => registry.join(token, { system, key: Uint8Array.of(1), now: at });
  await expect(join("t1", "B", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID" });
  await expect(join("t1", "A", now + 1000)).rejects.toMatchObject({ code: "JOIN_TOKEN_EXPIRED" });
  await registry.checkJoinToken("t1", "A", now);
  expect(await registry.key("A")).toBeUndefined();
  await join("t1", "A", now);
  await expect(join("t1", "A", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_USED" });
  await expect(registry.checkJoinToken("t1", "A", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_USED" });
  await expect(join("t2", "A", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID" });
  expect(await at.redis.client.pttl(KEYS.joinToken("t1"))).toBeGreaterThan(24 * 60 * 60 * 1000);
});

test("every number that an agent may give its results is read as it was stored, so that none locks its agent out", async () => {
  const registry = redisRegistry(at.redis.client);
  for (const number of [0, 999_999_999_999_999, 1_000_000_000_000_000, Number.MAX_SAFE_INTEGER]) {
    await registry.setAcked("A", number);
    expect(await registry.acked("A")).toBe(number);
  }
});

test("an agent's key, acknowledged number and inventory are stored", async () => {
  const registry = redisRegistry(at.redis.client);
  expect([await registry.key("A"), await registry.acked("A"), await registry.inventory("A")]).toEqual([undefined, 0, undefined]);
  await registry.addJoinToken("t1", { system: "A", expiresAt: Date.now() + 60_000 });
  await registry.join("t1", { system: "A", key: Uint8Array.of(0, 255, 7), now: 1 });
  await registry.setAcked("A", 12);
  await registry.setInventory("A", { digest: "d", units: [], seenAt: 5 });
  expect([await registry.key("A"), await registry.acked("A"), await registry.inventory("A")]).toEqual([
    Uint8Array.of(0, 255, 7),
    12,
    { digest: "d", units: [], seenAt: 5 },
  ]);
});

test("what became of single units since an inventory is stored beside it, without writing it again, until the next one arrives", async () => {
  const registry = redisRegistry(at.redis.client);
  const held = (name: string, sourceVersion: number): Held => ({ unit: { role: "dp", name }, previous: false, sourceVersion });
  const other = { units: [held("B", 1), held("C", 1)], count: 7 };
  await registry.setInventory("A", { digest: "d", units: [held("A", 1)], undescribed: other, seenAt: 5 });
  const before = await at.redis.client.hget(KEYS.agent("A"), "inventory");
  await registry.addHeld("A", { held: held("A", 2), seenAt: 8 });
  await registry.addHeld("A", { held: held("B", 3), seenAt: 7 });
  expect(await at.redis.client.hget(KEYS.agent("A"), "inventory")).toBe(before);
  const after = { digest: "", units: [held("A", 2), held("B", 3)], undescribed: { units: [held("C", 1)], count: 6 }, seenAt: 8 };
  expect(await registry.inventory("A")).toEqual(after);
  await registry.setInventory("A", { digest: "e", units: [held("A", 4)], seenAt: 9 });
  expect(await registry.inventory("A")).toEqual({ digest: "e", units: [held("A", 4)], seenAt: 9 });
  await registry.addHeld("new", { held: held("A", 1), seenAt: 1 });
  expect(await registry.inventory("new")).toEqual({ digest: "", units: [held("A", 1)], seenAt: 1 });
});

test("of concurrent joins with one token exactly one succeeds and stores its key", async () => {
  const registry = redisRegistry(at.redis.client);
  await registry.addJoinToken("t1", { system: "A", expiresAt: Date.now() + 60_000 });
  const joins = [1, 2, 3, 4, 5].map((n) => registry.join("t1", { system: "A", key: Uint8Array.of(n), now: 1 }).then(() => n));
  const ended = await Promise.allSettled(joins);
  const winners = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(winners).toHaveLength(1);
  expect(await registry.key("A")).toEqual(Uint8Array.of(winners[0] as number));
});

test("a revocation deletes the key and ends earlier tokens, and a later token joins", async () => {
  const registry = redisRegistry(at.redis.client);
  for (const token of ["t1", "t2"]) await registry.addJoinToken(token, { system: "A", expiresAt: Date.now() + 60_000 });
  // As an earlier build stored it.
  await at.redis.client.hset(KEYS.joinToken("old"), { system: "A", expiresAt: String(Date.now() + 60_000) });
  await registry.join("t1", { system: "A", key: Uint8Array.of(1), now: 5 });
  expect(await registry.joined()).toEqual(new Map([["A", 5]]));
  await registry.checkJoinToken("old", "A", 5);
  expect([await registry.revoke("A"), await registry.revoke("A"), await registry.key("A")]).toEqual([true, false, undefined]);
  for (const token of ["t2", "old"])
    await expect(registry.join(token, { system: "A", key: Uint8Array.of(2), now: 5 })).rejects.toMatchObject({
      code: "JOIN_TOKEN_INVALID",
    });
  expect(await registry.joined()).toEqual(new Map());
  await registry.addJoinToken("t3", { system: "A", expiresAt: Date.now() + 60_000 });
  await registry.join("t3", { system: "A", key: Uint8Array.of(3), now: 6 });
  expect([await registry.key("A"), await registry.joined()]).toEqual([Uint8Array.of(3), new Map([["A", 6]])]);
});

test("the queue returns phases by priority, drops what an earlier coordinator had put there, and stops its jobs on close", async () => {
  const options = { place: at.redis.place, slots: 1, log: silent };
  const earlier = bullmqQueue(options);
  await earlier.add({ id: "old", epoch: 1, priority: 1 });
  await earlier.close();
  const queue = bullmqQueue(options);
  const seen: string[] = [];
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  let stopped = false;
  await queue.start(async (phase, signal) => {
    seen.push(phase);
    if (phase === "first") {
      begin();
      await gate;
    }
    if (phase === "last") await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    stopped = signal.aborted;
  });
  await queue.add({ id: "first", epoch: 1, priority: 5 });
  await begun;
  await queue.add({ id: "last", epoch: 1, priority: 9 });
  await queue.add({ id: "second", epoch: 1, priority: 2 });
  open();
  await expect.poll(() => seen).toEqual(["first", "second", "last"]);
  await queue.close();
  expect(stopped).toBe(true);
  expect((await at.redis.client.keys("*")).filter((key) => !key.startsWith("{sw}:"))).toEqual([]);
});
