import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTestCertificates } from "@sitewright/testkit/certificates";
import { freePort } from "@sitewright/testkit/free-port";
import { aPhase, aRun } from "../../../../test-support/fakes.ts";
import { asked, redisServers, RELIABLE } from "../../../../test-support/redis/redis-servers.ts";
import type { Log } from "../../../app/log.ts";
import { bullmqQueue } from "../../bullmq-queue.ts";
import { joinMembers } from "../members.ts";
import { redisLedgerCopy } from "../ledger-copy.ts";
import { openRedis, readRedisCa, type RedisHandle } from "./open-redis.ts";
import { redisRegistry } from "../registry.ts";
import { redisRunStore } from "../run-store.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const NEEDED = ["~{sw}:*", "+@read", "+@write", "+@scripting", "+@transaction", "+@connection", "+info", "+config|get"];

async function open(url: string, ca?: string): Promise<RedisHandle & AsyncDisposable> {
  const handle = await openRedis({ dataDir: "unused", url, log: silent, ...(ca === undefined ? {} : { ca }) });
  return { ...handle, [Symbol.asyncDispose]: () => handle.close() };
}

/** Everything that a coordinator does with its Redis, once. */
async function work({ client, place }: RedisHandle): Promise<void> {
  const members = joinMembers(client, { coordinatorId: "one", memberId: "m1", dataDir: "/data", log: silent });
  expect(await members.beat(true)).toEqual({ leads: true });
  const runStore = redisRunStore(client);
  await runStore.createRun(aRun());
  await runStore.addPhases("r1", [aPhase({ id: "p1", run: "r1", state: "waiting" })]);
  await runStore.changePhase("p1", ["waiting"], (phase) => ({ ...phase, state: "released" }));
  expect((await runStore.phases("r1")).map(({ state }) => state)).toEqual(["released"]);
  const registry = redisRegistry(client);
  const now = Date.now();
  await registry.addJoinToken("hash", { system: "S1", expiresAt: now + 60_000 });
  await registry.join("hash", { system: "S1", key: new Uint8Array(44), now });
  expect([...(await registry.joined())]).toEqual([["S1", now]]);
  expect(await registry.revoke("S1")).toBe(true);
  await redisLedgerCopy(client).push(["{}"]);
  const queue = bullmqQueue({ place, slots: 2, log: silent });
  const done = Promise.withResolvers<string>();
  await queue.start(async (id) => done.resolve(id));
  await queue.add({ id: "p1", epoch: 1, priority: 1 });
  expect(await done.promise).toBe("p1");
  await queue.close();
  await members.leave();
}

test("a Redis that speaks TLS with a certificate of its own authority serves with --redis-ca, and is refused without it", async () => {
  await using servers = redisServers();
  const made = await makeTestCertificates("localhost");
  const file = (name: string, text: string): string => {
    writeFileSync(join(servers.folder, name), text);
    return join(servers.folder, name);
  };
  const [cert, key, ca] = [file("cert.pem", made.serverCert), file("key.pem", made.serverKey), file("ca.pem", made.caPem)];
  const port = await freePort();
  const tls = [
    "--tls-port",
    `${port}`,
    "--tls-cert-file",
    cert,
    "--tls-key-file",
    key,
    "--tls-ca-cert-file",
    ca,
    "--tls-auth-clients",
    "no",
  ];
  await servers.start([...RELIABLE, ...tls], { port });
  const url = `rediss://localhost:${port}`;
  await expect(open(url)).rejects.toMatchObject({ code: "REDIS_UNREACHABLE", message: expect.stringMatching(/its certificate/) as string });
  await using redis = await open(url, readRedisCa(ca));
  await work(redis);
});

test("an account with the rights that the documentation lists does everything; one without them is refused with what it lacks", async () => {
  await using servers = redisServers();
  const { port } = await servers.start(RELIABLE);
  await asked(port, async (client) => {
    await client.call("ACL", "SETUSER", "sitewright", "on", ">p@ss", ...NEEDED);
    await client.call("ACL", "SETUSER", "reader", "on", ">p", "~{sw}:*", "+@read", "+@connection", "+info", "+eval");
    await client.call("ACL", "SETUSER", "elsewhere", "on", ">p", "~other:*", "+@all");
  });
  const as = (account: string): string => `redis://${account}@127.0.0.1:${port}`;
  await expect(open(as("reader:p"))).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("(set: ") as string });
  await expect(open(as("elsewhere:p"))).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("~{sw}:*") as string });
  await expect(open(as("sitewright:wrong"))).rejects.toMatchObject({ code: "REDIS_UNREACHABLE" });
  await using redis = await open(as("sitewright:p%40ss"));
  await work(redis);
});

test("a Redis that keeps no log of what it stores is taken, and what would be lost is said", async () => {
  await using servers = redisServers();
  const { port } = await servers.start(["--appendonly", "no", "--maxmemory-policy", "noeviction"]);
  const said: string[] = [];
  const log: Log = { ...silent, warn: (_, message) => void said.push(message) };
  const handle = await openRedis({ dataDir: "unused", url: `redis://127.0.0.1:${port}`, log });
  await handle.close();
  expect(said).toEqual([expect.stringMatching(/appendonly no.*the runs since its last snapshot are lost.*set appendonly to yes/)]);
});

test("behind sentinels the master is found by its name, and after its death the copy that takes over serves", async () => {
  await using servers = redisServers();
  const master = await servers.start(RELIABLE);
  const copy = await servers.start([...RELIABLE, "--replicaof", "127.0.0.1", `${master.port}`]);
  await expect.poll(() => asked(copy.port, (client) => client.info("replication"))).toContain("master_link_status:up");
  const watched = [
    `sentinel monitor site 127.0.0.1 ${master.port} 1`,
    "sentinel down-after-milliseconds site 500",
    "sentinel failover-timeout site 2000",
  ];
  const sentinel = await servers.start([], { sentinel: `${watched.join("\n")}\n` });
  await expect
    .poll(() => asked(sentinel.port, (client) => client.call("SENTINEL", "REPLICAS", "site") as Promise<unknown[]>))
    .toHaveLength(1);
  await using redis = await open(`redis-sentinel://127.0.0.1:${sentinel.port}/site`);
  await work(redis);
  await asked(master.port, (client) => client.wait(1, 1_000));
  const back = new Promise<void>((resolve) => redis.onBack(resolve));
  await master.kill();
  await back;
  const runStore = redisRunStore(redis.client);
  await runStore.changePhase("p1", ["released"], (phase) => ({ ...phase, state: "waiting" }));
  expect(await asked(copy.port, (client) => client.info("replication"))).toContain("role:master");
});

test("on a cluster all keys lie on one of its servers, whose copy takes over when it dies", async () => {
  await using servers = redisServers();
  const clustered = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", ...RELIABLE];
  const masters = await Promise.all([0, 1, 2].map(() => servers.start(clustered)));
  const copy = await servers.start(clustered);
  const [first, ...others] = masters.map(({ port }) => port) as [number, ...number[]];
  const share = 16_384 / masters.length;
  for (const [i, { port }] of masters.entries())
    await asked(port, (client) => client.call("CLUSTER", "ADDSLOTSRANGE", Math.ceil(i * share), Math.ceil((i + 1) * share) - 1));
  for (const port of [...others, copy.port]) await asked(first, (client) => client.call("CLUSTER", "MEET", "127.0.0.1", port));
  const slot = await asked(first, (client) => client.call("CLUSTER", "KEYSLOT", "{sw}") as Promise<number>);
  const owner = masters[Math.floor(slot / share)];
  const id = await asked(owner?.port ?? 0, (client) => client.call("CLUSTER", "MYID") as Promise<string>);
  await expect
    .poll(() => asked(copy.port, (client) => client.call("CLUSTER", "REPLICATE", id)).catch((error: unknown) => String(error)))
    .toBe("OK");
  await expect.poll(() => asked(copy.port, (client) => client.call("CLUSTER", "INFO"))).toContain("cluster_state:ok");
  await expect.poll(() => asked(copy.port, (client) => client.info("replication"))).toContain("master_link_status:up");
  await using redis = await open(`redis-cluster://127.0.0.1:${first},127.0.0.1:${others[0]}`);
  await work(redis);
  await asked(owner?.port ?? 0, (client) => client.wait(1, 1_000));
  await owner?.kill();
  const runStore = redisRunStore(redis.client);
  await runStore.changePhase("p1", ["released"], (phase) => ({ ...phase, state: "waiting" }));
  expect((await runStore.phases("r1")).map(({ state }) => state)).toEqual(["waiting"]);
  expect(await asked(copy.port, (client) => client.info("replication"))).toContain("role:master");
});
