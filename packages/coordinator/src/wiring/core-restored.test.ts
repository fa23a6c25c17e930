import { compareGenerations } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";
import { startLedger } from "../../test-support/memory-ledger.ts";
import { ANNA } from "../../test-support/fakes.ts";
import { durably } from "../adapters/redis/durably.ts";
import { redisAddresses } from "../adapters/redis/addresses.ts";
import { redisRegistry } from "../adapters/redis/registry.ts";
import { redisRunStore } from "../adapters/redis/run-store.ts";
import type { Ledger } from "../app/ledger/ledger.ts";
import { createSavedStates, fillStores } from "../app/backup/saved-states.ts";
import { restoredState, type SavedState } from "../domain/backup/backup.ts";

const at = useCore();

const stores = () => ({
  registry: redisRegistry(at.redis.client),
  runStore: redisRunStore(at.redis.client),
  addresses: redisAddresses(at.redis.client),
});

async function join(system: string, key: number): Promise<void> {
  const { registry } = stores();
  await registry.addJoinToken(`${system} ${key}`, { system, expiresAt: at.now() + 60_000 });
  await registry.join(`${system} ${key}`, { system, key: Uint8Array.of(key), now: 7 });
}

async function take(ledger?: Ledger): Promise<SavedState> {
  ledger ??= await startLedger();
  const { coordinator, ...state } = await createSavedStates(stores(), { ledger, coordinatorId: "test" }).take(ANNA);
  expect(coordinator).toBe("test");
  return state;
}

test("a coordinator whose Redis is lost knows its agents and settings again from a backup, and orders above what agents saw", async () => {
  await join("S1", 1);
  await join("S2", 2);
  await at.core.addresses.set(ANNA, "SEC", { bandwidth: "1 Mbit/s" });
  await at.fleet.connect("S1");
  const before = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.reaches(before.id, "done");
  const ordered = at.fleet.orders()[0]?.order.generation;
  const state = await take();
  await at.core.stop();
  await at.redis.client.flushall();

  expect(await durably(at.redis.client, () => fillStores(restoredState(state), stores()))).toEqual(["S1", "S2"]);
  expect(await at.redis.client.config("GET", "appendfsync")).toEqual(["appendfsync", "everysec"]);
  // The clock of the new machine is a year behind.
  at.pass(-365 * 86_400_000);
  at.fleet.sent.length = 0;
  await at.restart();
  expect((await at.core.agents.list()).map(({ system, joinedAt }) => [system, joinedAt])).toEqual([
    ["A1", undefined],
    ["S1", 7],
    ["S2", 7],
  ]);
  expect((await at.core.addresses.show("SEC")).override).toMatchObject({ bandwidth: "1 Mbit/s", by: "anna" });
  await at.fleet.connect("S1");
  const after = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.reaches(after.id, "done");
  const reordered = at.fleet.orders()[0]?.order.generation;
  if (!ordered || !reordered) throw new Error("nothing was ordered");
  expect(compareGenerations(reordered, ordered)).toBeGreaterThan(0);
});

test("what a surviving Redis knows is newer than the backup and stays: other keys, revoked agents, reset settings' successors", async () => {
  await join("S1", 1);
  await join("S2", 2);
  await at.core.addresses.set(ANNA, "SEC", { bandwidth: "1 Mbit/s" });
  const state = await take();
  await join("S1", 9);
  await at.core.agents.revoke(ANNA, "S2");
  await at.core.addresses.set(ANNA, "SEC", { bandwidth: "2 Mbit/s" });
  const highest = { epoch: 7, counter: 1 };
  await stores().runStore.setHighestOrdered(highest);
  for (let i = 0; i < 2; i += 1) expect(await fillStores(restoredState(state), stores())).toEqual([]);
  expect(await stores().registry.key("S1")).toEqual(Uint8Array.of(9));
  expect(await stores().registry.key("S2")).toBeUndefined();
  expect((await stores().addresses.overrides()).get("SEC")?.override).toMatchObject({ bandwidth: "2 Mbit/s" });
  expect(await stores().runStore.highestOrdered()).toEqual(highest);
});

test("a backup is an entry of the ledger", async () => {
  const ledger = await startLedger();
  await take(ledger);
  const entries = await Array.fromAsync(ledger.entries());
  expect(entries.map(({ by, kind }) => [by.name, kind])).toEqual([["anna", "backup-made"]]);
});
