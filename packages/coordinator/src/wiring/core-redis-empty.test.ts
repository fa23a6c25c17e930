import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { compareGenerations } from "@sitewright/protocol";
import { silent, useRedis } from "../../test-support/redis/redis-fixture.ts";
import { stateFile } from "../adapters/files/state-file.ts";
import { redisAddresses } from "../adapters/redis/addresses.ts";
import { KEYS } from "../adapters/redis/keys.ts";
import { redisRegistry } from "../adapters/redis/registry.ts";
import { redisRunStore } from "../adapters/redis/run-store.ts";
import { keepState, type KeptState } from "../app/backup/kept-state.ts";

const at = useRedis();
const dataDir = mkdtempSync(join(tmpdir(), "sitewright-kept-"));
afterAll(() => rmSync(dataDir, { recursive: true }));

const start = (): Promise<KeptState> => {
  const { client } = at.redis;
  const stores = { registry: redisRegistry(client), runStore: redisRunStore(client), addresses: redisAddresses(client) };
  return keepState(stores, stateFile(dataDir), silent);
};

async function joins({ registry }: KeptState, system: string, key: number): Promise<void> {
  await registry.addJoinToken(`${system} ${key}`, { system, expiresAt: Date.now() + 60_000 });
  await registry.join(`${system} ${key}`, { system, key: Uint8Array.of(key), now: 7 });
}

const keysOf = ({ registry }: KeptState, ...systems: string[]): Promise<(Uint8Array | undefined)[]> =>
  Promise.all(systems.map((system) => registry.key(system)));

test("a coordinator that starts on an empty Redis has its agents and settings again, and orders above all that it ordered before", async () => {
  const before = await start();
  for (const [i, system] of ["S1", "S2", "S3"].entries()) await joins(before, system, i + 1);
  const set = { override: { paused: true as const }, by: "anna", at: 5 };
  await before.addresses.setOverride("SEC", set);
  await before.runStore.setHighestOrdered({ epoch: 3, counter: 100 });
  await before.registry.revoke("S2");
  await before.stop();
  // Ordered after the last copy: an agent that is away may hold it.
  await redisRunStore(at.redis.client).setHighestOrdered({ epoch: 3, counter: 2 ** 52 });
  await at.redis.client.flushall();

  const after = await start();
  expect(await keysOf(after, "S1", "S2", "S3")).toEqual([Uint8Array.of(1), undefined, Uint8Array.of(3)]);
  expect([...(await after.registry.joined())].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
    ["S1", 7],
    ["S3", 7],
  ]);
  expect(await after.addresses.overrides()).toEqual(new Map([["SEC", set]]));
  const highest = await after.runStore.highestOrdered();
  if (!highest) throw new Error("the generation is lost");
  expect(compareGenerations(highest, { epoch: 3, counter: 2 ** 52 })).toBeGreaterThan(0);
  await after.stop();
});

test("when Redis loses everything while a coordinator that starts reads it, the copy is not replaced by what is left", async () => {
  const before = await start();
  await joins(before, "S9", 9);
  await before.runStore.setHighestOrdered({ epoch: 9, counter: 1 });
  await before.stop();
  const { client } = at.redis;
  const registry = redisRegistry(client);
  let losses = 1;
  const joined = async (): ReturnType<typeof registry.joined> => {
    if (losses-- > 0) await client.flushall();
    return registry.joined();
  };
  const stores = { registry: { ...registry, joined }, runStore: redisRunStore(client), addresses: redisAddresses(client) };
  const after = await keepState(stores, stateFile(dataDir), silent);
  expect(losses).toBeLessThan(1);
  expect(await keysOf(after, "S9")).toEqual([Uint8Array.of(9)]);
  expect(await after.runStore.highestOrdered()).toEqual({ epoch: 10, counter: 1 });
  await after.stop();
});

test("a Redis from which nothing was ordered yet is not taken for one that lost its data", async () => {
  rmSync(join(dataDir, "kept-state.json"), { force: true });
  const first = await start();
  await joins(first, "S1", 1);
  await first.stop();
  const second = await start();
  expect([await second.runStore.highestOrdered(), ...(await keysOf(second, "S1"))]).toEqual([undefined, Uint8Array.of(1)]);
  await second.stop();
});

test("when Redis comes back empty under a coordinator that runs, its agents are known again, also those that said something in between", async () => {
  rmSync(join(dataDir, "kept-state.json"), { force: true });
  const kept = await start();
  await joins(kept, "S1", 1);
  await joins(kept, "S2", 2);
  await kept.registry.revoke("S2");
  await at.redis.client.flushall();
  await kept.registry.setInventory("S1", { digest: "d", units: [], seenAt: 5 });
  await kept.storeAgain();
  expect(await keysOf(kept, "S1", "S2")).toEqual([Uint8Array.of(1), undefined]);
  await kept.stop();
});

test("what Redis knows is newer than the copy and stays: other keys, and revocations by another coordinator", async () => {
  rmSync(join(dataDir, "kept-state.json"), { force: true });
  const kept = await start();
  await joins(kept, "S1", 1);
  await joins(kept, "S2", 2);
  await kept.stop();
  const other = redisRegistry(at.redis.client);
  await other.revoke("S2");
  await other.addJoinToken("again", { system: "S1", expiresAt: Date.now() + 60_000 });
  await other.join("again", { system: "S1", key: Uint8Array.of(9), now: 8 });
  const after = await start();
  expect(await keysOf(after, "S1", "S2")).toEqual([Uint8Array.of(9), undefined]);
  await after.stop();
  expect(JSON.parse(readFileSync(join(dataDir, "kept-state.json"), "utf8"))).toMatchObject({
    form: 1,
    agents: [{ system: "S1", key: "09", joinedAt: 8 }],
  });
  expect(await at.redis.client.hget(KEYS.agent("S2"), "key")).toBeNull();
});

test("a revocation is in the copy before it is answered, so that no empty Redis lets the agent in again", async () => {
  rmSync(join(dataDir, "kept-state.json"), { force: true });
  const kept = await start();
  await joins(kept, "S1", 1);
  await expect.poll(() => readFileSync(join(dataDir, "kept-state.json"), "utf8")).toContain("S1");
  await kept.registry.revoke("S1");
  await at.redis.client.flushall();
  const after = await start();
  expect(await keysOf(after, "S1")).toEqual([undefined]);
  await Promise.all([kept.stop(), after.stop()]);
});

test("a setting of an address that was removed just before a kill does not come back from the copy", async () => {
  rmSync(join(dataDir, "kept-state.json"), { force: true });
  const kept = await start();
  await kept.runStore.setHighestOrdered({ epoch: 3, counter: 100 });
  await kept.addresses.setOverride("SEC", { override: { paused: true }, by: "anna", at: 5 });
  await kept.stop();
  // By one whose copy was not written any more.
  await redisAddresses(at.redis.client).setOverride("SEC", undefined);
  const after = await start();
  expect(await after.addresses.overrides()).toEqual(new Map());
  await after.stop();
  expect(JSON.parse(readFileSync(join(dataDir, "kept-state.json"), "utf8"))).toMatchObject({ overrides: {} });
});

test("a revocation whose copy could not be written is no success, and is written once it can be, also when nothing else changes", async () => {
  rmSync(join(dataDir, "kept-state.json"), { force: true });
  const kept = await start();
  await joins(kept, "S1", 1);
  await kept.stop();
  renameSync(dataDir, `${dataDir}-away`);
  writeFileSync(dataDir, "");
  await expect(kept.registry.revoke("S1")).rejects.toThrow(
    "the agent of S1 is revoked, but its copy in the data folder could not be written",
  );
  rmSync(dataDir);
  renameSync(`${dataDir}-away`, dataDir);
  await kept.stop();
  await at.redis.client.flushall();
  const after = await start();
  expect(await keysOf(after, "S1")).toEqual([undefined]);
  await after.stop();
});
