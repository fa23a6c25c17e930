import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerEntry, LedgerPage, LedgerReport } from "@sitewright/protocol/api";
import { connectRedis, hangUp } from "../packages/coordinator/src/adapters/redis/server/connection.ts";
import { parseRedisPlace } from "../packages/coordinator/src/adapters/redis/server/redis-place.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { startRedis, type OwnRedis } from "./support/redis.ts";

/** Its Redis is not in the data folder, so that either can be lost alone. */
let redis: OwnRedis;
let fleet: Fleet;
beforeAll(async () => {
  redis = await startRedis();
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
    packages: { ABC00001: { files: { "a.txt": "a" } } },
    redis: redis.url,
  });
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

/** All of it, as after the loss of its disk. */
async function emptyRedis(): Promise<void> {
  const client = connectRedis(parseRedisPlace(redis.url));
  await client.flushall();
  hangUp(client);
}

const file = () => join(fleet.dataDir, "ledger.jsonl");
const lines = () => readFileSync(file(), "utf8").trimEnd().split("\n");
const verify = () => fleet.json<LedgerReport>("ledger", "verify");
const kinds = async (...words: string[]) => (await fleet.json<LedgerPage>("ledger", "list", ...words)).entries.map(({ kind }) => kind);

test("what an operator asked for is recorded with the name of the account, and listed by what it is about", async () => {
  const { run } = await fleet.json("rebuild");
  await fleet.sitewright("address", "pause", "SEC");
  await fleet.sitewright("address", "resume", "SEC");
  await fleet.sitewright("agent", "revoke", "SRVSEC");
  expect(await kinds("--limit", "5")).toEqual(["agent-revoked", "address-resumed", "address-paused", "run-started", "join-token-made"]);
  expect(await kinds("--address", "SEC")).toEqual(["address-resumed", "address-paused"]);
  const { entries } = await fleet.json<LedgerPage>("ledger", "list", "--run", run.id);
  expect(entries).toMatchObject([{ kind: "run-started", details: { kind: "rebuild" }, by: { proof: "operator-token" } }]);
  const { stdout } = await fleet.sitewright("ledger", "list", "--kind", "agent-revoked");
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}\S+ {2}agent-revoked {2}system=SRVSEC\n$/);
  // An empty list says that it is one.
  expect((await fleet.sitewright("ledger", "list", "--run", "nosuchrun")).stdout).toBe("there is no such entry\n");
  expect((await fleet.sitewright("hierarchy", "deleted")).stdout).toBe("nothing is out of force\n");
});

test("what was refused is not recorded", async () => {
  const before = lines().length;
  expect((await fleet.sitewright("address", "resume", "SEC")).code).toBe(1);
  expect((await fleet.sitewright("cancel", "nosuchrun")).code).toBe(1);
  expect((await fleet.sitewright("agent", "revoke", "NOBODY")).code).toBe(1);
  expect(lines()).toHaveLength(before);
});

test("all of it can be written to a file, as JSON lines and as a table", async () => {
  const exported = (await fleet.sitewright("ledger", "export")).stdout;
  expect(exported).toBe(readFileSync(file(), "utf8"));
  const rows = (await fleet.sitewright("ledger", "export", "--format", "csv")).stdout.trimEnd().split("\r\n");
  expect(rows).toHaveLength(1 + lines().length);
  expect(rows[0]).toMatch(/^time,by,/);
  const started = (await fleet.sitewright("ledger", "export", "--kind", "coordinator-started")).stdout.trimEnd().split("\n");
  expect(started).toEqual(lines().filter((line) => line.includes('"coordinator-started"')));
});

/** Entries of each start: the start itself, and how often the sites have been started. */
const PER_START = 2;

test("the ledger survives the loss of the data folder's copy and that of Redis, and each start is in it", async () => {
  const before = lines();
  await fleet.coordinator.kill();
  rmSync(file());
  await fleet.coordinator.start();
  expect(new Set(lines().slice(0, -PER_START))).toEqual(new Set(before));
  expect(await verify()).toMatchObject({ entries: before.length + PER_START, writers: 2, findings: [], exitCode: 0 });
  await fleet.coordinator.stop();
  await emptyRedis();
  await fleet.coordinator.start();
  expect(await verify()).toMatchObject({ entries: before.length + 2 * PER_START, writers: 3, findings: [], exitCode: 0 });
  expect(await kinds("--kind", "coordinator-started")).toHaveLength(3);
});

test("an altered entry in the data folder is detected while the coordinator runs and when it starts", async () => {
  const entry = JSON.parse(lines().find((line) => line.includes("agent-revoked")) ?? "") as LedgerEntry;
  const where = `${entry.writer}/${entry.number}`;
  const forged = lines().map((line) => (line.includes("agent-revoked") ? line.replace("SRVSEC", "SRVABC") : line));
  await fleet.coordinator.stop();
  writeFileSync(file(), `${forged.join("\n")}\n`);
  await emptyRedis();
  await fleet.coordinator.start();
  const { findings, exitCode } = await verify();
  expect(findings).toContainEqual(expect.objectContaining({ kind: "edited", where }));
  expect(exitCode).toBe(1);
  expect(fleet.coordinator.log()).toContain("the ledger is not intact");
  expect((await fleet.sitewright("ledger", "verify")).stdout).toMatch(/^the ledger is NOT intact: [^]*was altered/);
});
