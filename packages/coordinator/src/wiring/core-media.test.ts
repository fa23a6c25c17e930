import { generateKeyPairSync, sign } from "node:crypto";
import { expect, test } from "vitest";
import {
  encodeAgentMessage,
  encodeMediaReceipt,
  encodeSigned,
  mediaTranscript,
  type AgentMessage,
  type Held,
  type MediaReceipt,
} from "@sitewright/protocol";
import { useCore } from "../../test-support/core-fixture.ts";
import { ANNA } from "../../test-support/fakes.ts";
import { redisRegistry } from "../adapters/redis/registry.ts";

const at = useCore();
const DIGEST = "ab".repeat(32);

/** A system with a key, whose agent is not connected. */
async function aSystem(system: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const registry = redisRegistry(at.redis.client);
  await registry.restore(system, { key: publicKey.export({ format: "der", type: "spki" }) });
  const { coordinator } = await at.core.media.plan({ options: { systems: [system] } });
  const receipt = (messages: AgentMessage[], more: Partial<MediaReceipt> = {}): string => {
    const encoded = messages.map((message) => encodeAgentMessage(message));
    const body = encodeMediaReceipt({ coordinator, system, madeAt: 1, lastResult: 5, units: [], messages: encoded, log: [], ...more });
    return Buffer.from(encodeSigned({ body, signature: sign(null, mediaTranscript("receipt", body), privateKey) })).toString("base64");
  };
  return { receipt, registry };
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
