import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { useRedis } from "../../../test-support/redis/redis-fixture.ts";
import { redisAddresses } from "./addresses.ts";
import { redisForecasts } from "./forecasts.ts";
import type { Run } from "../../domain/runs/run.ts";
import { KEYS, OLDER_KEYS } from "./keys.ts";
import { redisRunStore } from "./run-store.ts";
import { decodeRecord, encodeRecord, RECORDS } from "./records.ts";
import { redisRegistry } from "./registry.ts";

const store = useRedis();

/** What a coordinator of a form left: a run that is done, one that verified, and one in progress behind a paused address. */
async function load(form: 1 | 2): Promise<void> {
  const file = new URL(`../../../test-fixtures/form-${form}/redis.json`, import.meta.url);
  const { client } = store.redis;
  const values = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === "string") await client.set(key, value);
    else if (Array.isArray(value)) await client.rpush(key, ...(value as string[]));
    else if ("zset" in (value as object)) {
      const members = (value as { zset: string[] }).zset;
      for (let i = 0; i < members.length; i += 2) await client.zadd(key, members[i + 1] as string, members[i] as string);
    } else await client.hset(key, value as Record<string, string>);
  }
}

test("records of a coordinator of form 1 are read completely, and changed ones are written in the current form", async () => {
  await load(1);
  const { client } = store.redis;
  const runStore = redisRunStore(client);
  const runs = await runStore.runs(10);
  expect(runs.map(({ kind, state }) => `${kind} ${state}`)).toEqual(["rebuild running", "verify done", "rebuild done"]);
  const [running, , rebuilt] = runs;
  const phases = await runStore.phases(rebuilt?.id ?? "");
  expect(phases.map(({ task, system, unit, state }) => `${task} ${unit.name} on ${system}: ${state}`)).toEqual([
    "stage CAP_ABC on SRVABC: done",
    "activate CAP_ABC on SRVABC: done",
    "stage ABC00001 on SRVABC: done",
    "activate ABC00001 on SRVABC: done",
    "stage ABC00001 on SRVSEC: done",
    "activate ABC00001 on SRVSEC: done",
  ]);
  expect(phases.every(({ outcome }) => outcome?.kind === "staged" || outcome?.kind === "activated")).toBe(true);
  const waiting = (await runStore.phases(running?.id ?? "")).find(({ state }) => state === "waiting");
  const changed = await runStore.changePhase(waiting?.id ?? "", ["waiting"], (phase) => ({ ...phase, state: "cancelled" }));
  expect(changed).toMatchObject({ id: waiting?.id, state: "cancelled" });
  expect(await runStore.phase(waiting?.id ?? "")).toEqual(changed);
  const moved = (await runStore.phases(running?.id ?? "")).map(({ id }) => id);
  expect(moved).toHaveLength(6);
  expect(await client.exists(moved.map(OLDER_KEYS.phase))).toBe(0);
  await runStore.saveRun(running as Run);
  expect(await client.get(KEYS.run(running?.id ?? ""))).toMatch(/^\{"form":2,/);
  expect((await runStore.highestOrdered())?.epoch).toBe(1);
  expect((await redisForecasts(client).first(rebuilt?.id ?? ""))?.total.wireBytes).toBe(170);
  const addresses = redisAddresses(client);
  expect((await addresses.overrides()).get("SEC")?.override).toEqual({ bandwidth: "4 Mbit/s", paused: true });
  expect((await addresses.changes("SEC")).map(({ kind, by }) => `${kind} by ${by}`)).toEqual(["pause by root", "set by root"]);
  const registry = redisRegistry(client);
  expect((await registry.inventory("SRVABC"))?.units.map(({ unit }) => unit.name)).toEqual(["ABC00001", "CAP_ABC"]);
  expect([...(await registry.joined()).keys()].toSorted()).toEqual(["SRVABC", "SRVSEC"]);
  expect(await registry.acked("SRVABC")).toBe(10);
});

test("records of a coordinator of form 2 are read completely, and phases change in the plans where they are", async () => {
  await load(2);
  const runStore = redisRunStore(store.redis.client);
  const runs = await runStore.runs(10);
  expect(runs.map(({ kind, state }) => `${kind} ${state}`)).toEqual(["rebuild running", "verify done", "rebuild done"]);
  const [running, verified, rebuilt] = await Promise.all(runs.map(({ id }) => runStore.phases(id)));
  expect(rebuilt?.map(({ task, system, unit, state }) => `${task} ${unit.name} on ${system}: ${state}`)).toEqual([
    "stage CAP_ABC on SRVABC: done",
    "activate CAP_ABC on SRVABC: done",
    "stage ABC00001 on SRVABC: done",
    "activate ABC00001 on SRVABC: done",
    "stage ABC00001 on SRVSEC: done",
    "activate ABC00001 on SRVSEC: done",
  ]);
  expect(rebuilt?.[0]).toMatchObject({
    outcome: { kind: "staged", files: 8, reusedBytes: 0, fetchedBytes: 147, retriedBytes: 0 },
    generation: { epoch: 1, counter: 1_795_936_998_144_000 },
    startedAt: 1_795_936_998_256,
    endedAt: 1_795_937_001_784,
  });
  expect(verified?.every(({ outcome }) => outcome?.kind === "verified" && outcome.right)).toBe(true);
  const [, , , , stage, activation] = running ?? [];
  expect([stage?.state, activation?.after, activation?.address]).toEqual(["waiting", stage?.id, "SEC"]);
  const changed = await runStore.changePhase(stage?.id ?? "", ["waiting"], (phase) => ({ ...phase, state: "cancelled", endedAt: 5 }));
  expect(await runStore.phase(stage?.id ?? "")).toEqual(changed);
});

test.each([
  ["no JSON", "{", /it is not JSON/],
  ["another thing", "[1]", /it is not a run/],
  ["a form of a newer version", `{"form":3}`, /its form is 3, and this coordinator knows forms up to 2: a newer version wrote it/],
  ["a field with a wrong value", `{"id":"a","kind":"rebuilt"}`, /the field kind is not that of a run/],
])("a record that is %s is refused with its key and advice, and is not used", (_, json, why) => {
  const decode = (): unknown => decodeRecord(RECORDS.run, "{sw}:run:a", json);
  expect(decode).toThrow(why);
  expect(decode).toThrow(/^the record \{sw\}:run:a in Redis cannot be used: .*Restore Redis from a backup/);
});

test.each([
  ["key", "no key", (): Promise<unknown> => redisRegistry(store.redis.client).key("SRVABC")],
  ["acked", "many", (): Promise<unknown> => redisRegistry(store.redis.client).acked("SRVABC")],
  ["joinedAt", "-1", (): Promise<unknown> => redisRegistry(store.redis.client).joined()],
])("a field %s of an agent that holds %s is refused with its place, and is not used", async (field, value, read) => {
  await load(1);
  await store.redis.client.hset(KEYS.agent("SRVABC"), field, value);
  await expect(read()).rejects.toMatchObject({
    code: "DATA_FILE_UNUSABLE",
    message: expect.stringMatching(new RegExp(`^the record \\{sw\\}:agent:SRVABC ${field} in Redis cannot be used`)) as string,
  });
});

test("a stored record is read as it was written", () => {
  const generation = { epoch: 1, counter: 5 };
  expect(decodeRecord(RECORDS.generation, "g", encodeRecord(RECORDS.generation, generation))).toEqual(generation);
});
