import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Log } from "../../app/log.ts";
import type { Phase, Run } from "../../domain/run.ts";
import { DEFAULT_OPTIONS } from "../../domain/selection.ts";
import { bullmqQueue } from "../bullmq-queue.ts";
import { KEYS } from "./keys.ts";
import { redisLedger } from "./ledger.ts";
import { openRedis, type RedisHandle } from "./open-redis.ts";
import { redisRegistry } from "./registry.ts";
import { serverFolders } from "./server-folders.ts";

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let redis: RedisHandle;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "sw-ledger-"));
  redis = await openRedis({ dataDir, log });
});
afterAll(async () => {
  await redis.close();
  rmSync(dirname(serverFolders(dataDir).socket), { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  await redis.client.flushall();
});

function aRun(overrides: Partial<Run> = {}): Run {
  return { id: "r1", kind: "rebuild", state: "running", options: DEFAULT_OPTIONS, createdAt: 1, problems: [], ...overrides };
}

function aPhase(overrides: Partial<Phase> = {}): Phase {
  return {
    id: "p1",
    run: "r1",
    number: 0,
    system: "A",
    site: "ABC",
    unit: { role: "dp", name: "ABC00001" },
    task: "stage",
    state: "waiting",
    priority: "medium",
    generation: { epoch: 1, counter: 1_763_800_000_123_457 },
    manifestBytes: 0,
    sourceVersion: 0,
    files: 0,
    sourceBytes: 0,
    packedBytes: 0,
    epoch: 1,
    wireBytes: 0,
    ...overrides,
  };
}

test("phases come back as they were stored, in the order of the plan, with all the digits of their generation", async () => {
  const ledger = redisLedger(redis.client);
  await ledger.createRun(aRun());
  const phases = [aPhase({ id: "b", number: 1 }), aPhase({ id: "a", number: 0, state: "failed" }), aPhase({ id: "c", number: 2 })];
  await ledger.addPhases("r1", phases);
  expect((await ledger.phases("r1")).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  await ledger.changePhase("b", ["waiting"], (phase) => ({ ...phase, state: "released" }));
  expect(await ledger.phase("b")).toEqual(aPhase({ id: "b", number: 1, state: "released" }));
  expect((await ledger.openPhases()).map(({ id }) => id).sort()).toEqual(["b", "c"]);
});

test("a change applies only from the states it names, and leaves the open phases when the phase ends", async () => {
  const ledger = redisLedger(redis.client);
  await ledger.addPhases("r1", [aPhase()]);
  expect(await ledger.changePhase("p1", ["running"], (phase) => ({ ...phase, state: "done" }))).toBeUndefined();
  expect(await ledger.changePhase("nobody", ["waiting"], (phase) => phase)).toBeUndefined();
  await ledger.changePhase("p1", ["waiting"], (phase) => ({ ...phase, state: "done" }));
  expect(await ledger.openPhases()).toEqual([]);
});

test("of changes at the same time none is lost, and each leaves an event with a sequence number of its own", async () => {
  const ledger = redisLedger(redis.client);
  await ledger.addPhases("r1", [aPhase()]);
  await Promise.all(
    Array.from({ length: 20 }, () => ledger.changePhase("p1", ["waiting"], (phase) => ({ ...phase, wireBytes: phase.wireBytes + 1 }))),
  );
  expect((await ledger.phase("p1"))?.wireBytes).toBe(20);
  const events = await redis.client.xrange(KEYS.events, "-", "+");
  expect(events.map(([, fields]) => Number(fields[1]))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

test("the last 200 runs are kept with their phases, and an open one however old it is", async () => {
  const ledger = redisLedger(redis.client);
  await ledger.createRun(aRun({ id: "open", createdAt: 0 }));
  for (let n = 1; n <= 202; n++) {
    await ledger.addPhases(`r${n}`, [aPhase({ id: `p${n}`, run: `r${n}`, state: "done" })]);
    await ledger.saveRun(aRun({ id: `r${n}`, createdAt: n, state: "done", endedAt: n }));
  }
  expect(await ledger.run("r1")).toBeUndefined();
  expect(await ledger.phase("p1")).toBeUndefined();
  expect(await ledger.run("open")).toBeDefined();
  expect((await ledger.runs(2)).map(({ id }) => id)).toEqual(["r202", "r201"]);
});

test("a join token works once, for its system, in its time; and it says which of these it was", async () => {
  const registry = redisRegistry(redis.client);
  const now = Date.now();
  await registry.addJoinToken("t1", { system: "A", expiresAt: now + 1000 });
  await expect(registry.useJoinToken("t1", "B", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID" });
  await expect(registry.useJoinToken("t1", "A", now + 1000)).rejects.toMatchObject({ code: "JOIN_TOKEN_EXPIRED" });
  await registry.useJoinToken("t1", "A", now);
  await expect(registry.useJoinToken("t1", "A", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_USED" });
  await expect(registry.useJoinToken("t2", "A", now)).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID" });
  expect(await redis.client.pttl(KEYS.joinToken("t1"))).toBeGreaterThan(24 * 60 * 60 * 1000);
});

test("an agent's key, acknowledged number and inventory are remembered", async () => {
  const registry = redisRegistry(redis.client);
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
  const options = { place: redis.place, slots: 1, log };
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
  expect((await redis.client.keys("*")).filter((key) => !key.startsWith("{sw}:"))).toEqual([]);
});
