import { expect, test } from "vitest";
import type { Phase } from "../../domain/run.ts";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { silent, useRedis } from "../../../test-support/redis-fixture.ts";
import { bullmqQueue } from "../bullmq-queue.ts";
import { KEYS } from "./keys.ts";
import { redisForecasts } from "./forecasts.ts";
import { redisLedger } from "./ledger.ts";
import { redisRegistry } from "./registry.ts";

const at = useRedis();
/** With a counter of 16 digits, as generations have. */
const aWaiting = (overrides: Partial<Phase> = {}): Phase =>
  aPhase({ id: "p1", run: "r1", state: "waiting", generation: { epoch: 1, counter: 1_763_800_000_123_457 }, ...overrides });

test("phases come back as they were stored, in the order of the plan, with all the digits of their generation", async () => {
  const ledger = redisLedger(at.redis.client);
  await ledger.createRun(aRun());
  const phases = [aWaiting({ id: "b", number: 1 }), aWaiting({ id: "a", number: 0, state: "failed" }), aWaiting({ id: "c", number: 2 })];
  await ledger.addPhases("r1", phases);
  expect((await ledger.phases("r1")).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  await ledger.changePhase("b", ["waiting"], (phase) => ({ ...phase, state: "released" }));
  expect(await ledger.phase("b")).toEqual(aWaiting({ id: "b", number: 1, state: "released" }));
});

test("a change applies only from the states it names", async () => {
  const ledger = redisLedger(at.redis.client);
  await ledger.addPhases("r1", [aWaiting()]);
  expect(await ledger.changePhase("p1", ["running"], (phase) => ({ ...phase, state: "done" }))).toBeUndefined();
  expect(await ledger.changePhase("nobody", ["waiting"], (phase) => phase)).toBeUndefined();
  expect(await ledger.phase("p1")).toEqual(aWaiting());
});

test("of changes at the same time none is lost", async () => {
  const ledger = redisLedger(at.redis.client);
  await ledger.addPhases("r1", [aWaiting()]);
  await Promise.all(
    Array.from({ length: 20 }, () => ledger.changePhase("p1", ["waiting"], (phase) => ({ ...phase, wireBytes: phase.wireBytes + 1 }))),
  );
  expect((await ledger.phase("p1"))?.wireBytes).toBe(20);
});

test("a run is created once; another of the same id is not", async () => {
  const ledger = redisLedger(at.redis.client);
  expect([await ledger.createRun(aRun()), await ledger.createRun(aRun()), await ledger.createRun(aRun({ createdAt: 2 }))]).toEqual([
    true,
    true,
    false,
  ]);
  expect(await ledger.runs(5)).toEqual([aRun()]);
});

test("the last 200 runs are kept with their phases and first forecasts, and an open one however old it is", async () => {
  const ledger = redisLedger(at.redis.client);
  const forecasts = redisForecasts(at.redis.client);
  const forecast = { madeAt: 1, total: { wireBytes: 2, curve: [[1, 0.5] as [number, number]] }, addresses: [], away: ["S1"] };
  await ledger.createRun(aRun({ id: "open", createdAt: 0 }));
  for (const run of ["open", "r1"]) await forecasts.keepFirst(run, forecast);
  for (let n = 1; n <= 202; n++) {
    await ledger.addPhases(`r${n}`, [aWaiting({ id: `p${n}`, run: `r${n}`, state: "done" })]);
    await ledger.saveRun(aRun({ id: `r${n}`, createdAt: n, state: "done", endedAt: n }));
  }
  expect(await ledger.run("r1")).toBeUndefined();
  expect(await ledger.phase("p1")).toBeUndefined();
  expect(await forecasts.first("r1")).toBeUndefined();
  expect(await ledger.run("open")).toBeDefined();
  expect(await forecasts.first("open")).toEqual(forecast);
  expect((await ledger.runs(2)).map(({ id }) => id)).toEqual(["r202", "r201"]);
});

test("a join token works once, for its system, in its time; and it says which of these it was", async () => {
  const registry = redisRegistry(at.redis.client);
  const now = Date.now();
  await registry.addJoinToken("t1", { system: "A", expiresAt: now + 1000 });
  await expect(registry.useJoinToken("t1", "B", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID" });
  await expect(registry.useJoinToken("t1", "A", now + 1000)).rejects.toMatchObject({ code: "JOIN_TOKEN_EXPIRED" });
  await registry.useJoinToken("t1", "A", now);
  await expect(registry.useJoinToken("t1", "A", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_USED" });
  await expect(registry.useJoinToken("t2", "A", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID" });
  expect(await at.redis.client.pttl(KEYS.joinToken("t1"))).toBeGreaterThan(24 * 60 * 60 * 1000);
});

test("an agent's key, acknowledged number and inventory are remembered", async () => {
  const registry = redisRegistry(at.redis.client);
  expect([await registry.key("A"), await registry.acked("A"), await registry.inventory("A")]).toEqual([undefined, 0, undefined]);
  await registry.setKey("A", Uint8Array.of(0, 255, 7));
  await registry.setAcked("A", 12);
  await registry.setInventory("A", { digest: "d", units: [], seenAt: 5 });
  expect([await registry.key("A"), await registry.acked("A"), await registry.inventory("A")]).toEqual([
    Uint8Array.of(0, 255, 7),
    12,
    { digest: "d", units: [], seenAt: 5 },
  ]);
});

test("the queue hands out phases by priority, forgets what an earlier coordinator had put there, and stops its jobs on close", async () => {
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
