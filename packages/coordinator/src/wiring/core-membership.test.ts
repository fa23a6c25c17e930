import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";
import { success } from "../../test-support/core-fleet.ts";
import { ANNA, hashOf } from "../../test-support/fakes.ts";
import { redisRegistry } from "../adapters/redis/registry.ts";

const at = useCore();
const { reaches } = at;

const statesOf = async (run: string, system: string): Promise<string[]> =>
  (await at.core.operations.run(run)).phases.filter((phase) => phase.system === system).map(({ state }) => state);

test("a system that is removed from the hierarchy loses its connection and its orders, running and queued, and no other system does", async () => {
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1", "S2"] });
  await at.accepted(run.id, 2);
  at.takeOut("S1");
  await expect.poll(() => at.fleet.ended).toEqual(["S1: the hierarchy has no system S1 any more"]);
  // A reading may have caught a half-written file: orders end only when a second reading shows the same.
  expect(await statesOf(run.id, "S1")).toEqual(["running", "waiting"]);
  at.pass(2_000);
  await expect.poll(() => statesOf(run.id, "S1")).toEqual(["cancelled", "cancelled"]);
  expect(await statesOf(run.id, "S2")).toEqual(["running", "waiting"]);
  expect(at.fleet.ended).toHaveLength(1);
  for (const { system, order } of at.fleet.orders()) if (system === "S2") await at.fleet.report("S2", order, success(order));
  at.fleet.answer = success;
  await reaches(run.id, "failed");
  expect(await statesOf(run.id, "S2")).toEqual(["done", "done"]);
});

test("a system that returns a moment later continues with its orders", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(run.id, 1);
  at.takeOut("S1");
  await expect.poll(() => at.fleet.ended).toHaveLength(1);
  at.takeOut();
  await expect.poll(() => at.core.hierarchy()?.systems.has("S1")).toBe(true);
  at.pass(5_000);
  at.fleet.answer = success;
  await at.fleet.connect("S1");
  await reaches(run.id, "done");
});

test("orders that an earlier coordinator left to a removed system are cancelled", async () => {
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect.poll(() => statesOf(run.id, "S1")).toHaveLength(2);
  await at.core.stop();
  at.takeOut("S1");
  await at.restart();
  const later = (): Promise<string[]> => {
    at.pass(2_000);
    return statesOf(run.id, "S1");
  };
  await expect.poll(later).toEqual(["cancelled", "cancelled"]);
  await reaches(run.id, "failed");
});

test("an operator who revokes an agent ends its connection and its orders; the name can join again with a new token only", async () => {
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = () => undefined;
  const before = await at.core.operations.createJoinToken(ANNA, "S1");
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1", "S2"] });
  await at.accepted(run.id, 2);
  expect(await at.core.agents.revoke(ANNA, "S1")).toEqual({ system: "S1", hadJoined: false });
  expect(at.fleet.ended).toEqual([expect.stringMatching(/^S1: an operator revoked/)]);
  expect(await statesOf(run.id, "S1")).toEqual(["cancelled", "cancelled"]);
  expect(await statesOf(run.id, "S2")).toEqual(["running", "waiting"]);
  const used = redisRegistry(at.redis.client).checkJoinToken(hashOf(before.token.split(".")[0] ?? ""), "S1", at.now());
  await expect(used).rejects.toMatchObject({ code: "JOIN_TOKEN_INVALID" });
  const after = await at.core.operations.createJoinToken(ANNA, "S1");
  await redisRegistry(at.redis.client).checkJoinToken(hashOf(after.token.split(".")[0] ?? ""), "S1", at.now());
  await expect(at.core.agents.revoke(ANNA, "NOBODY")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("agents are listed together with systems that have not joined and agents whose system was removed from the hierarchy", async () => {
  const registry = redisRegistry(at.redis.client);
  for (const name of ["S1", "S2"]) {
    await registry.addJoinToken(`token of ${name}`, { system: name, expiresAt: at.now() + 60_000 });
    await registry.join(`token of ${name}`, { system: name, key: Uint8Array.of(1), now: 7 });
  }
  await at.fleet.connect("S1");
  at.takeOut("S2");
  await expect.poll(() => at.core.hierarchy()?.systems.has("S2")).toBe(false);
  const [asked, listed] = [at.now(), await at.core.agents.list()];
  expect(listed).toMatchObject([
    { system: "A1", state: "not joined" },
    { system: "S1", state: "connected", joinedAt: 7, version: "0" },
    { system: "S2", state: "removed", joinedAt: 7 },
  ]);
  // One that is connected is seen now, however long it has said nothing.
  expect(listed[1]?.lastSeen).toBeGreaterThanOrEqual(asked);
  expect(await at.core.agents.revoke(ANNA, "S2")).toEqual({ system: "S2", hadJoined: true });
  expect((await at.core.agents.list()).map(({ system }) => system)).toEqual(["A1", "S1"]);
});
