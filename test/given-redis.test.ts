import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareGenerations, type Generation } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import { connectRedis } from "../packages/coordinator/src/adapters/redis/server/connection.ts";
import { parseRedisPlace } from "../packages/coordinator/src/adapters/redis/server/redis-place.ts";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { runProgram } from "../scripts/support/programs.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { startRedis, type OwnRedis } from "./support/redis.ts";
import { readTree } from "./support/trees/trees.ts";

let redis: OwnRedis;
let fleet: Fleet;
beforeAll(async () => {
  redis = await startRedis();
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["cap", "dp"] } },
    bandwidth: "16 Mbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(3_000_000, 1) } } },
    redis: redis.url,
  });
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

const view = async (id: string): Promise<RunView> => (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView;

async function highestHeld(): Promise<Generation> {
  const { held } = await fleet.system("SRVSEC");
  const highest = held
    .flatMap((unit) => unit.highest ?? [])
    .toSorted(compareGenerations)
    .at(-1);
  if (!highest) throw new Error("nothing is held");
  return highest;
}

/** Starts a rebuild that sends everything, and returns once a part of it was sent. */
async function halfway(): Promise<string> {
  const id = (await fleet.sitewright("rebuild", "--full", "--detach")).stdout.trim();
  await waitFor("a part of the bytes", async () => (await view(id)).totals.fetchedBytes > 500_000 || undefined);
  return id;
}

/** Follows the run to its end; returns the exit code. */
async function finish(id: string): Promise<number | null> {
  const { exitCode, phases } = await fleet.json("watch", id);
  expect(phases.map(({ state }) => state)).toEqual(["done", "done", "done", "done"]);
  expect(readTree(join(fleet.agent("SRVSEC").root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  return exitCode;
}

test("a given Redis serves one coordinator: a second with another data folder is refused by name, and harms nothing", async () => {
  const id = await halfway();
  const args = ["coordinator", "--site-data", fleet.siteData, "--data-dir", join(fleet.folder, "second"), "--listen", "127.0.0.1:0"];
  const second = await runProgram("sitewright", args, { env: { REDIS_URL: redis.url } });
  expect(second.code).toBe(1);
  expect(second.stderr).toContain("REDIS_IN_USE");
  expect(second.stderr).toContain(fleet.dataDir);
  expect(await finish(id)).toBe(0);
});

test("a given Redis killed in mid-rebuild and restarted on its data loses nothing", async () => {
  const id = await halfway();
  await redis.kill();
  await redis.start();
  expect(await finish(id)).toBe(0);
});

test("after a Redis lost everything in mid-rebuild its data are stored again, and the run succeeds", async () => {
  const id = await halfway();
  const client = connectRedis(parseRedisPlace(redis.url));
  await client.flushall();
  client.disconnect();
  expect(await finish(id)).toBe(0);
});

test("an agent that was away while the Redis of a coordinator that runs on was emptied is back without a re-join", async () => {
  await fleet.agent("SRVSEC").stop();
  const client = connectRedis(parseRedisPlace(redis.url));
  await client.flushall();
  client.disconnect();
  await waitFor("it to be noticed", () => fleet.coordinator.log().includes("Redis has lost everything"));
  await fleet.agent("SRVSEC").start();
  await fleet.connected("SRVSEC");
  expect(await finish((await fleet.sitewright("rebuild", "--full", "--detach")).stdout.trim())).toBe(0);
});

test("after a restart on an empty Redis agents are back without a re-join, also one that was away, and take what is ordered then", async () => {
  const before = await highestHeld();
  await fleet.sitewright("address", "set", "SEC", "--bandwidth", "20 Mbit/s");
  await fleet.agent("SRVSEC").stop();
  await fleet.coordinator.stop();
  const client = connectRedis(parseRedisPlace(redis.url));
  await client.flushall();
  client.disconnect();
  await fleet.coordinator.start();
  await fleet.agent("SRVSEC").start();
  await fleet.connected("SRVSEC");
  expect((await fleet.sitewright("address", "show", "SEC")).stdout).toContain("20 Mbit/s");
  expect((await fleet.sitewright("ledger", "verify")).code).toBe(0);
  expect(await finish((await fleet.sitewright("rebuild", "--full", "--detach")).stdout.trim())).toBe(0);
  expect(compareGenerations(await highestHeld(), before)).toBeGreaterThan(0);
});
