import { expect, test } from "vitest";
import type { Held, Outcome } from "@sitewright/protocol";
import { KEYS } from "../adapters/redis/keys.ts";
import { redisRunStore } from "../adapters/redis/run-store.ts";
import { redisRegistry } from "../adapters/redis/registry.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { ANNA, aPhase, aRun } from "../../test-support/fakes.ts";

const at = useCore();
const { reaches } = at;

const TOP = { epoch: 4_294_967_295, counter: Number.MAX_SAFE_INTEGER };
const unit = { role: "dp", name: "ABC00001" } as const;
const seenAt = 1;

async function rebuildsOf(system: string): Promise<void> {
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: [system] });
  await reaches(id, "done");
}

const failed = (held: typeof TOP): Outcome => ({ kind: "failed", code: "STALE_GENERATION", message: "m", retryable: false, held });

test.each([
  [
    "a result for an order that was never given",
    () => at.fleet.report("S2", { id: "nobody-gave-this", epoch: 1, unit, generation: TOP }, failed(TOP)),
  ],
  [
    "an inventory",
    () => at.core.agentEvents.inventory("S2", { digest: "d", units: [{ unit, highest: TOP, previous: false, sourceVersion: 0 }], seenAt }),
  ],
])("an agent that states the highest possible generation in %s stops no order of other agents, also after a restart", async (_, attack) => {
  await at.fleet.connect("S1", "S2");
  await rebuildsOf("S1");
  await attack();
  await rebuildsOf("S1");
  await at.core.stop();
  await at.restart();
  await at.fleet.connect("S1", "S2");
  await rebuildsOf("S1");
  expect(at.fleet.orders().map(({ order }) => order.generation.epoch)).toEqual(Array(6).fill(1));
});

test("a result with a fence far ahead of the clock does not raise the generations ordered of other agents", async () => {
  await at.fleet.connect("S1", "S2");
  const success = at.fleet.answer;
  const ahead = { epoch: 1, counter: (Date.now() + 10 * 24 * 3600 * 1000) * 1000 };
  at.fleet.answer = (order, system) => (system === "S2" ? failed(ahead) : success(order, system));
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S2"] });
  await reaches(id, "failed");
  await rebuildsOf("S1");
  expect(at.fleet.orders().at(-1)?.order.generation.counter).toBeLessThan(ahead.counter);
});

test("a store that an earlier coordinator filled with absurd values heals: absurd orders end, absurd inventories are set aside", async () => {
  await at.core.stop();
  const runStore = redisRunStore(at.redis.client);
  await runStore.createRun(aRun({ id: "poisoned" }));
  await runStore.addPhases("poisoned", [
    aPhase({ id: "absurd", run: "poisoned", system: "S1", state: "waiting", generation: { ...TOP, counter: 2 ** 53 } }),
  ]);
  await redisRegistry(at.redis.client).setInventory("S1", {
    digest: "d",
    units: [{ unit, highest: TOP, previous: false, sourceVersion: 0 }],
    seenAt,
  });
  await at.redis.client.set(KEYS.generation, JSON.stringify(TOP));
  await at.restart();
  await at.fleet.connect("S1");
  await rebuildsOf("S1");
  expect(await runStore.phase("absurd")).toMatchObject({ state: "failed", outcome: { code: "GENERATION_IMPLAUSIBLE" } });
  expect(await runStore.highestOrdered()).toMatchObject({ epoch: 1 });
});

test("a coordinator whose clock was set back numbers its orders above its earlier ones", async () => {
  await at.fleet.connect("S1");
  at.pass(400 * 24 * 3600 * 1000);
  await rebuildsOf("S1");
  const before = at.fleet.orders().at(-1)?.order.generation.counter ?? Infinity;
  await at.core.stop();
  at.pass(-400 * 24 * 3600 * 1000);
  await at.restart();
  await at.fleet.connect("S1");
  await rebuildsOf("S1");
  expect(at.fleet.orders().at(-1)?.order.generation.counter).toBeGreaterThan(before);
});

test("of an unlimited inventory that an earlier coordinator stored, only described units and a thousand others are kept", async () => {
  await at.core.stop();
  const strange = (number: number): Held => ({
    unit: { role: "dp", name: `ZZZ${number.toString(16).toUpperCase().padStart(5, "0")}` },
    previous: false,
    sourceVersion: 1,
  });
  const units = [...Array.from({ length: 5_000 }, (_, number) => strange(number)), { unit, previous: true, sourceVersion: 2 }];
  await redisRegistry(at.redis.client).setInventory("S1", { digest: "d", units, seenAt });
  await at.restart();
  const view = await at.core.operations.systems.system("S1");
  expect(view.held[0]).toMatchObject({ unit, sourceVersion: 2 });
  expect(view.held).toHaveLength(101);
  expect(view.heldBeyond).toBe(4_900);
});

test("content is compressed only against what the requesting agent holds or was ordered: any other base is refused", async () => {
  await at.fleet.connect("S1", "A1");
  await rebuildsOf("S1");
  const { basesFor } = at.core.contentRights;
  expect(basesFor("S1", ["manifest of CAP_ABC", "manifest of ABC00001", "unknown manifest"])).toEqual(["manifest of ABC00001"]);
  expect(basesFor("S2", ["manifest of ABC00001"])).toEqual([]);
});

test("an order that is answered with the outcome of another task fails", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => ({ kind: "undone", manifest: "f".repeat(64) });
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(id, "failed");
  const { phases } = await at.core.operations.run(id);
  expect(phases[0]?.outcome).toMatchObject({ kind: "failed", code: "FRAME_INVALID", message: expect.stringMatching(/stage.*undone/) });
  expect((await at.core.operations.systems.system("S1")).held).toEqual([]);
});
