import { generateKeyPairSync, sign } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import {
  encodeAgentMessage,
  encodeMediaNeeds,
  encodeMediaReceipt,
  encodeSigned,
  mediaTranscript,
  type AgentMessage,
  type Held,
  type MediaReceipt,
} from "@sitewright/protocol";
import { useCore } from "../../test-support/core-fixture.ts";
import { editableSiteData } from "../../test-support/core-site-data.ts";
import { ANNA } from "../../test-support/fakes.ts";
import { KEYS } from "../adapters/redis/keys.ts";
import { redisRegistry } from "../adapters/redis/registry.ts";
import type { Problem } from "../domain/sites/hierarchy.ts";

/** Of the site data. */
let problems: Problem[];
beforeEach(() => void (problems = []));
const { siteData } = editableSiteData();
const at = useCore(() => ({
  siteData: {
    ...siteData,
    revision: async () => String(problems.length),
    read: async (...given) => ({ ...(await siteData.read(...given)), problems }),
  },
}));
const DIGEST = "ab".repeat(32);

/** A system that joins with a new key, and whose agent is not connected. @param joinsIn ms. */
async function aSystem(system: string, joinsIn = 0) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const registry = redisRegistry(at.redis.client);
  const now = at.now() + joinsIn;
  await registry.addJoinToken(system, { system, expiresAt: now + 1000 });
  await registry.join(system, { system, key: publicKey.export({ format: "der", type: "spki" }), now });
  await at.redis.client.unlink(KEYS.joinToken(system));
  const { coordinator } = await at.core.media.plan({ options: { systems: [system] } });
  const receipt = (messages: AgentMessage[], more: Partial<MediaReceipt> = {}): string => {
    const encoded = messages.map((message) => encodeAgentMessage(message));
    const body = encodeMediaReceipt({ coordinator, system, madeAt: 1, lastResult: 5, units: [], messages: encoded, log: [], ...more });
    return Buffer.from(encodeSigned({ body, signature: sign(null, mediaTranscript("receipt", body), privateKey) })).toString("base64");
  };
  const needs = (madeAt: number, key: number, ...units: Held[]): string => {
    const messages = [encodeAgentMessage(inventory(...units))];
    const body = encodeMediaNeeds({ coordinator, system, madeAt, key: new Uint8Array(32).fill(key), messages, packages: [] });
    return Buffer.from(encodeSigned({ body, signature: sign(null, mediaTranscript("needs", body), privateKey) })).toString("base64");
  };
  return { receipt, needs, registry };
}

const held = (counter: number, more: Partial<Held> = {}): Held => ({
  unit: { role: "dp", name: "ABC00001" },
  highest: { epoch: 1, counter },
  live: { generation: { epoch: 1, counter }, manifest: DIGEST },
  previous: false,
  sourceVersion: 3,
  ...more,
});
const inventory = (...units: Held[]): AgentMessage => ({ kind: "inventory", digest: DIGEST, units, last: true });

test("what a receipt states is known as if the agent had sent it, the highest versions that it saw included", async () => {
  const { receipt } = await aSystem("S1");
  const taken = await at.core.media.receipt(ANNA, receipt([inventory(held(10, { highestVersion: 7 }))]));
  expect(taken).toMatchObject({ system: "S1", units: 1, results: 0 });
  const { held: known } = await at.core.operations.systems.system("S1");
  expect(known).toEqual([held(10, { highestVersion: 7 })]);
});

test("of a system on which nothing is live, a receipt says that it holds nothing", async () => {
  const { receipt } = await aSystem("S1");
  const { live: _, ...ordered } = held(10);
  expect(await at.core.media.receipt(ANNA, receipt([inventory(ordered)]))).toMatchObject({ units: 0 });
});

test("results that an agent could not deliver end their phases when they come back on a medium, once", async () => {
  const { receipt, registry } = await aSystem("S1");
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(id, 1);
  const [phase] = (await at.core.operations.run(id)).phases;
  if (!phase) throw new Error("nothing was planned");
  const { id: orderId, epoch, unit, generation } = phase;
  const outcome = { kind: "staged", files: 1, reusedBytes: 0, fetchedBytes: 1, retriedBytes: 0 } as const;
  const result: AgentMessage = { kind: "result", number: 4, orderId, epoch, unit, generation, outcome };
  expect((await at.core.media.receipt(ANNA, receipt([result]))).results).toBe(1);
  expect((await at.core.operations.run(id)).phases[0]?.state).toBe("done");
  expect(await registry.acked("S1")).toBe(4);
  expect((await at.core.media.receipt(ANNA, receipt([result]))).results).toBe(0);
});

test("the log that comes back with a receipt is shown for its system, and a later receipt replaces it", async () => {
  const { receipt } = await aSystem("S1");
  const line = (time: number, msg: string) => JSON.stringify({ level: 30, time, msg, system: "S1" });
  await at.core.media.receipt(ANNA, receipt([], { log: [line(1, "a unit is live"), "no line"] }));
  const { lines } = await at.core.logBook.read({ system: "S1" }, 10);
  expect(lines).toEqual([{ side: "agent", level: "info", time: 1, message: "a unit is live", system: "S1" }]);
  await at.core.media.receipt(ANNA, receipt([], { madeAt: 2, log: [line(2, "later")] }));
  expect((await at.core.logBook.read({ system: "S1" }, 10)).lines.map(({ message }) => message)).toEqual(["later"]);
});

test("an earlier receipt is refused by its generations or its results, and changes nothing", async () => {
  const { receipt, registry } = await aSystem("S1");
  await at.core.media.receipt(ANNA, receipt([inventory(held(10))]));
  await expect(at.core.media.receipt(ANNA, receipt([inventory(held(9))]))).rejects.toMatchObject({ code: "STALE_GENERATION" });
  await registry.setAcked("S1", 6);
  await expect(at.core.media.receipt(ANNA, receipt([inventory(held(11))]))).rejects.toMatchObject({ code: "STALE_GENERATION" });
  expect((await at.core.operations.systems.system("S1")).held).toEqual([held(10)]);
});

test("an earlier receipt is refused by its time when it names none of the units that came since; the same one is taken in again", async () => {
  const { receipt } = await aSystem("S1");
  const other = held(10, { unit: { role: "dp", name: "ABC00002" } });
  const later = receipt([inventory(held(10), other)], { madeAt: 2000 });
  await at.core.media.receipt(ANNA, later);
  const earlier = at.core.media.receipt(ANNA, receipt([inventory(held(10))], { madeAt: 1000 }));
  await expect(earlier).rejects.toMatchObject({ code: "STALE_GENERATION" });
  await at.core.media.receipt(ANNA, later);
  expect((await at.core.operations.systems.system("S1")).held).toHaveLength(2);
});

test("a receipt that was taken in before a later one, and comes again on the same medium, is known and changes nothing", async () => {
  const { receipt } = await aSystem("S1");
  const first = receipt([inventory(held(10))], { madeAt: 1000 });
  await at.core.media.receipt(ANNA, first);
  await at.core.media.receipt(ANNA, receipt([inventory(held(11))], { madeAt: 2000 }));
  expect(await at.core.media.receipt(ANNA, first)).toMatchObject({ system: "S1", isEarlier: true });
  expect((await at.core.operations.systems.system("S1")).held).toEqual([held(11)]);
  expect((await at.ledger()).filter(({ kind }) => kind === "media-receipt-taken")).toHaveLength(2);
});

test("a receipt whose clock ran a year ahead does not keep out those that are made with the right time", async () => {
  const { receipt } = await aSystem("S1");
  await at.core.media.receipt(ANNA, receipt([inventory(held(10))], { madeAt: at.now() + 365 * 24 * 3_600_000 }));
  await at.core.media.receipt(ANNA, receipt([inventory(held(11))], { madeAt: at.now() }));
  expect((await at.core.operations.systems.system("S1")).held).toEqual([held(11)]);
});

test("results of an agent that joined again with another key are counted from its own beginning", async () => {
  const { registry } = await aSystem("S1");
  await registry.setAcked("S1", 6);
  const joins = async (publicKey: Uint8Array): Promise<void> => {
    await registry.addJoinToken("t", { system: "S1", expiresAt: at.now() + 1000 });
    await registry.join("t", { system: "S1", key: publicKey, now: at.now() });
  };
  await joins((await registry.key("S1")) as Uint8Array);
  expect(await registry.acked("S1")).toBe(6);
  await at.redis.client.unlink(KEYS.joinToken("t"));
  await joins(new Uint8Array([1, 2]));
  expect(await registry.acked("S1")).toBe(0);
});

test("a system that was installed anew states what an older medium brought, in needs and in a receipt, also by a clock that was set back", async () => {
  const before = await aSystem("S1");
  await at.core.media.receipt(ANNA, before.receipt([inventory(held(10))], { madeAt: 2000 }));
  const { receipt, needs } = await aSystem("S1", 1000);
  await expect(at.core.media.receipt(ANNA, before.receipt([inventory(held(10))]))).rejects.toMatchObject({ code: "MEDIUM_UNTRUSTED" });
  await at.core.media.plan({ options: { systems: ["S1"] }, needs: [needs(1, 7, held(9))] });
  await at.core.media.receipt(ANNA, receipt([inventory(held(9))], { madeAt: 1000 }));
  expect((await at.core.operations.systems.system("S1")).held).toEqual([held(9)]);
});

test("of several needs of one system the last one counts, in whatever order they are given", async () => {
  const { needs } = await aSystem("S1");
  const keyOf = async (...given: string[]) => (await at.core.media.plan({ options: { systems: ["S1"] }, needs: given })).keys;
  const [before, now] = [needs(1, 7), needs(2, 8)];
  const last = [{ system: "S1", key: Buffer.alloc(32, 8).toString("base64") }];
  expect([await keyOf(before, now), await keyOf(now, before)]).toEqual([last, last]);
});

test("needs that say of a unit what was so before a receipt are refused: what they hold may be gone", async () => {
  const { receipt, needs } = await aSystem("S1");
  await at.core.media.receipt(ANNA, receipt([inventory(held(10))]));
  const asked = (counter: number) => ({ options: { systems: ["S1"] }, needs: [needs(1, 7, held(counter))] });
  await expect(at.core.media.plan(asked(9))).rejects.toMatchObject({ code: "STALE_GENERATION" });
  await expect(at.core.media.order(ANNA, asked(10))).resolves.toMatchObject({ generation: expect.anything() });
});

test("a unit that the site data leave out, as one whose source vanished, goes by no medium", async () => {
  const message = "packages/ABC00001/source was filled and is empty";
  problems = [{ code: "SOURCE_GONE", message, unit: "dp/ABC00001", leftOut: true }];
  const plan = await at.core.media.order(ANNA, { options: { systems: ["S2"] } });
  expect([plan.orders, plan.units]).toEqual([[], []]);
  expect(plan.leftOut).toEqual([{ system: "S2", unit: { role: "dp", name: "ABC00001" }, code: "SOURCE_GONE", message }]);
});

test("a receipt of an agent that has not joined, was forged, or holds other messages is refused", async () => {
  const { receipt } = await aSystem("S1");
  const forged = receipt([inventory(held(10))], { system: "S2" });
  await expect(at.core.media.receipt(ANNA, forged)).rejects.toMatchObject({ code: "SYSTEM_UNKNOWN" });
  await aSystem("S2");
  await expect(at.core.media.receipt(ANNA, forged)).rejects.toMatchObject({ code: "MEDIUM_UNTRUSTED" });
  const other = receipt([], { coordinator: "another" });
  await expect(at.core.media.receipt(ANNA, other)).rejects.toMatchObject({ code: "MEDIUM_OTHER_HIERARCHY" });
  const strange = receipt([{ kind: "warnings", texts: ["x"] }]);
  await expect(at.core.media.receipt(ANNA, strange)).rejects.toMatchObject({ code: "MEDIUM_INVALID" });
});

test("a plan takes no number, and the orders of a medium are above all orders before them and below those after", async () => {
  const plan = await at.core.media.plan({ options: { systems: ["S2"] } });
  expect(plan.generation).toBeUndefined();
  const first = await at.core.media.order(ANNA, { options: { systems: ["S2"] } });
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S2"] });
  await expect.poll(async () => (await at.core.operations.run(id)).run.state).toBe("running");
  const [phase] = (await at.core.operations.run(id)).phases;
  const second = await at.core.media.order(ANNA, { options: { systems: ["S2"] } });
  const counters = [first.generation, phase?.generation, second.generation].map((generation) => generation?.counter ?? 0);
  expect(counters).toEqual(counters.toSorted((a, b) => a - b));
  expect(new Set(counters).size).toBe(3);
});

test("a medium whose asker has gone while sources are read takes no number and is not in the ledger", async () => {
  const gone = new AbortController();
  const asked = at.core.media.order(ANNA, { options: { systems: ["S2"] } }, gone.signal);
  gone.abort(new Error("gone"));
  await expect(asked).rejects.toThrow("gone");
  expect((await at.ledger()).filter(({ kind }) => kind === "medium-ordered")).toEqual([]);
});
