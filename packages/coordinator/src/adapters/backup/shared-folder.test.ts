import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { silent, useRedis } from "../../../test-support/redis/redis-fixture.ts";
import { KEYS } from "../redis/keys.ts";
import { REPLACE_BOTH } from "../redis/scripts.ts";
import { readUnits, writeUnits } from "../source-memory.ts";
import { shareFolder, type SharedFolder } from "./shared-folder.ts";
import { readTenure, writeTenure } from "./tenure-file.ts";

const at = useRedis();
const folder = mkdtempSync(join(tmpdir(), "sw-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SECRET = new Uint8Array(32).fill(7);
const UNIT = JSON.stringify({ systems: ["SRVABC"], places: {} });
let made = 0;

interface Place {
  dataDir: string;
  shared: SharedFolder;
}

function aFolder({ authority = "ca", secret = SECRET, lease = "" } = {}): Place {
  const dataDir = mkdtempSync(join(folder, "data-"));
  writeFileSync(join(dataDir, "operator-token"), `token-${++made}\n`);
  const options = { dataDir, memberId: `m${made}`, lease, authority, secret, log: silent };
  return { dataDir, shared: shareFolder(at.redis.client, options) };
}

const textOf = ({ dataDir }: Place, name: string): string => readFileSync(join(dataDir, name), "utf8");

let leader: Place;
beforeEach(async () => {
  leader = aFolder();
  writeUnits(leader.dataDir, { "dp/ABC00001": UNIT });
  await writeTenure(leader.dataDir, { restored: 5, started: 9 });
  writeFileSync(join(leader.dataDir, "succession.json"), '{"number":3,"statements":[]}\n');
  writeFileSync(join(leader.dataDir, "deletions.json"), "{}");
});

test("one that stands by gets what the data folder of the leading one decides, and the newer of both tenures", async () => {
  await leader.shared.give();
  const other = aFolder();
  writeUnits(other.dataDir, { "dp/ABC00002": UNIT });
  await writeTenure(other.dataDir, { restored: 7, started: 1 });
  expect(await other.shared.take()).toBe("taken");
  expect(readUnits(other.dataDir)).toEqual({ "dp/ABC00001": UNIT });
  expect(await readTenure(other.dataDir)).toEqual({ restored: 7, started: 9 });
  for (const name of ["succession.json", "deletions.json", "operator-token"]) expect(textOf(other, name)).toBe(textOf(leader, name));
});

test("one that stands by keeps the copy for the loss of Redis, also once Redis has lost everything", async () => {
  const state = (systems: string[]): string => {
    const agents = systems.map((system) => ({ system, key: "00ff" }));
    return `${JSON.stringify({ form: 1, agents, generation: { epoch: 1, counter: 7 }, overrides: {} })}\n`;
  };
  const other = aFolder();
  writeFileSync(join(other.dataDir, "kept-state.json"), state(["SRVOLD"]));
  writeFileSync(join(leader.dataDir, "kept-state.json"), state(["SRVABC"]));
  await leader.shared.give();
  await other.shared.take();
  expect(textOf(other, "kept-state.json")).toBe(state(["SRVABC"]));
  writeFileSync(join(leader.dataDir, "kept-state.json"), state(["SRVABC", "SRVSEC"]));
  await leader.shared.giveFile("state");
  await other.shared.take();
  await at.redis.client.flushall();
  expect(await other.shared.take()).toBe("own");
  expect(textOf(other, "kept-state.json")).toBe(state(["SRVABC", "SRVSEC"]));
});

test("a copy for the loss of Redis that a newer version wrote is not taken", async () => {
  writeFileSync(join(leader.dataDir, "kept-state.json"), '{"form":2,"agents":[]}');
  await leader.shared.give();
  const other = aFolder();
  writeFileSync(join(other.dataDir, "kept-state.json"), "ours");
  expect(await other.shared.take()).toBe("taken");
  expect(textOf(other, "kept-state.json")).toBe("ours");
});

test("what the leading one changes afterwards follows", async () => {
  await leader.shared.give();
  const other = aFolder();
  await other.shared.take();
  await leader.shared.giveUnits(new Map([["cap/CAP_ABC", JSON.parse(UNIT) as unknown]]));
  writeFileSync(join(leader.dataDir, "deletions.json"), '{"form":1,"points":{}}');
  await leader.shared.giveFile("deletions");
  await other.shared.take();
  expect(Object.keys(readUnits(other.dataDir)).sort()).toEqual(["cap/CAP_ABC", "dp/ABC00001"]);
  expect(textOf(other, "deletions.json")).toBe('{"form":1,"points":{}}');
});

test("what the site data held is read again only after it has changed", async () => {
  await leader.shared.give();
  const { client } = at.redis;
  let reads = 0;
  const counting = Object.create(client) as typeof client;
  counting.multi = (() => (reads++, client.multi())) as typeof client.multi;
  const { dataDir } = aFolder();
  const other = shareFolder(counting, { dataDir, memberId: "other", lease: "", authority: "ca", secret: SECRET, log: silent });
  for (let times = 0; times < 3; times++) expect(await other.take()).toBe("taken");
  await leader.shared.giveUnits(new Map());
  expect(await other.take()).toBe("taken");
  expect(reads).toBe(1);
  await leader.shared.giveUnits(new Map([["cap/CAP_ABC", JSON.parse(UNIT) as object]]));
  await other.take();
  expect(Object.keys(readUnits(dataDir)).sort()).toEqual(["cap/CAP_ABC", "dp/ABC00001"]);
});

test("one that led last keeps what it has, whatever others copied of it", async () => {
  await leader.shared.give();
  writeFileSync(join(leader.dataDir, "deletions.json"), "newer");
  expect(await leader.shared.take()).toBe("own");
  expect(textOf(leader, "deletions.json")).toBe("newer");
});

test("a coordinator with another CA takes nothing", async () => {
  await leader.shared.give();
  const other = aFolder({ authority: "another" });
  expect(await other.shared.take()).toBe("foreign");
  expect(readUnits(other.dataDir)).toEqual({});
});

test("the operator token is in Redis for holders of the CA's key alone", async () => {
  await leader.shared.give();
  const token = textOf(leader, "operator-token").trim();
  expect(JSON.stringify(await at.redis.client.hgetall(KEYS.shared))).not.toContain(token);
  const other = aFolder({ secret: new Uint8Array(32).fill(8) });
  const before = textOf(other, "operator-token");
  expect(await other.shared.take()).toBe("taken");
  expect(textOf(other, "operator-token")).toBe(before);
});

test("a copy that is interrupted is no copy: until it is complete, that of the one before counts", async () => {
  await leader.shared.give();
  const next = aFolder();
  await next.shared.take();
  const killed = Object.create(at.redis.client) as typeof at.redis.client;
  killed.eval = ((...call: Parameters<typeof killed.eval>) =>
    call[0] === REPLACE_BOTH ? Promise.reject(new Error("killed")) : at.redis.client.eval(...call)) as typeof killed.eval;
  const options = { dataDir: next.dataDir, memberId: "next", lease: "", authority: "ca", secret: SECRET, log: silent };
  await expect(shareFolder(killed, options).give()).rejects.toThrow("killed");
  const third = aFolder();
  expect(await third.shared.take()).toBe("taken");
  expect(readUnits(third.dataDir)).toEqual({ "dp/ABC00001": UNIT });
});

test("whenever Redis loses everything while one gives, one that stands by has all of it afterwards, or keeps what it has", async () => {
  const state = (system: string): string => `${JSON.stringify({ form: 1, agents: [{ system, key: "00ff" }], overrides: {} })}\n`;
  writeFileSync(join(leader.dataDir, "kept-state.json"), state("SRVABC"));
  const { client } = at.redis;
  for (let left = 0, isOver = false; !isOver; left++) {
    await client.flushall();
    const other = aFolder();
    writeUnits(other.dataDir, { "dp/ABC00002": UNIT });
    writeFileSync(join(other.dataDir, "kept-state.json"), state("SRVOLD"));
    let calls = 0;
    const losing = Object.create(client) as typeof client;
    losing.eval = (async (...call: Parameters<typeof client.eval>) => {
      if (calls++ === left) await client.flushall();
      return client.eval(...call);
    }) as typeof client.eval;
    const options = { dataDir: leader.dataDir, memberId: "leader", lease: "", authority: "ca", secret: SECRET, log: silent };
    await shareFolder(losing, options).give();
    isOver = calls <= left;
    const isTaken = (await other.shared.take()) === "taken";
    expect(textOf(other, "kept-state.json")).toBe(state(isTaken ? "SRVABC" : "SRVOLD"));
    expect(Object.keys(readUnits(other.dataDir))).toEqual([isTaken ? "dp/ABC00001" : "dp/ABC00002"]);
  }
});

test("the keys of twenty thousand agents are given, and taken", async () => {
  const agents = Array.from({ length: 20_000 }, (_, i) => ({ system: `SYS${i}`, key: "00".repeat(44) }));
  const text = `${JSON.stringify({ form: 1, agents, overrides: {} })}\n`;
  writeFileSync(join(leader.dataDir, "kept-state.json"), text);
  await leader.shared.give();
  const other = aFolder();
  expect(await other.shared.take()).toBe("taken");
  expect(textOf(other, "kept-state.json")).toBe(text);
});

test("one that stands by keeps what the site data held when Redis loses everything while it copies", async () => {
  await leader.shared.give();
  const { client } = at.redis;
  const losing = Object.create(client) as typeof client;
  losing.hgetall = (async (key: string) => {
    const there = await client.hgetall(key);
    await client.flushall();
    return there;
  }) as typeof client.hgetall;
  const { dataDir } = aFolder();
  writeUnits(dataDir, { "dp/ABC00002": UNIT });
  await shareFolder(losing, { dataDir, memberId: "other", lease: "", authority: "ca", secret: SECRET, log: silent }).take();
  expect(readUnits(dataDir)).toEqual({ "dp/ABC00002": UNIT });
});

test("what one that no longer leads would give is refused, and changes nothing", async () => {
  const former = aFolder({ lease: "lease of the former one" });
  await at.redis.client.set(KEYS.leader, "lease of the one that leads");
  await leader.shared.give();
  const before = await at.redis.client.hgetall(KEYS.shared);
  writeFileSync(join(former.dataDir, "deletions.json"), "older");
  await former.shared.giveFile("deletions");
  await former.shared.giveUnits(new Map([["dp/ABC00009", JSON.parse(UNIT) as unknown]]));
  await expect(former.shared.give()).rejects.toMatchObject({ code: "NOT_LEADING" });
  expect(await at.redis.client.hgetall(KEYS.shared)).toEqual(before);
  expect(Object.keys(await at.redis.client.hgetall(KEYS.sharedUnits))).toEqual(["dp/ABC00001"]);
});
