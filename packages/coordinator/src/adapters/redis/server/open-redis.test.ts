import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { written } from "../../../../test-support/redis/redis-fixture.ts";
import type { Log } from "../../../app/log.ts";
import { lockDataDir } from "../../files/lock-data-dir.ts";
import { connectRedis, reaching } from "./connection.ts";
import { checkRedisChoice, openRedis, type RedisHandle } from "./open-redis.ts";
import { shownPlace } from "./redis-place.ts";
import { checkRedisVersion, checkServerBinary } from "./server-binary.ts";
import { serverFolders } from "./server-folders.ts";

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function aDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), "sw-redis-"));
  undo.push(() => {
    rmSync(dirname(serverFolders(dataDir).socket), { recursive: true, force: true });
    rmSync(dataDir, { recursive: true, force: true });
  });
  return dataDir;
}

async function opened(dataDir: string, url?: string): Promise<RedisHandle> {
  const handle = await openRedis({ dataDir, log, ...(url === undefined ? {} : { url }) });
  undo.push(() => handle.close());
  return handle;
}

function pidOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, "redis", "redis.pid"), "utf8"));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a killed embedded Redis is restarted on the same data, and the connection finds it", async () => {
  const dataDir = aDataDir();
  const redis = await opened(dataDir);
  const { client } = redis;
  await client.set("{sw}:test", "kept");
  await written(redis);
  const before = pidOf(dataDir);
  const back = new Promise<void>((resolve) => redis.onBack(resolve));
  process.kill(before, "SIGKILL");
  await back;
  expect(await client.get("{sw}:test")).toBe("kept");
  expect(pidOf(dataDir)).not.toBe(before);
});

test("the embedded Redis stores everything, listens on no port and is accessible to this user alone", async () => {
  const dataDir = aDataDir();
  const { client } = await opened(dataDir);
  const settings = await Promise.all(
    ["port", "appendonly", "appendfsync", "save", "maxmemory-policy"].map(
      async (name) => ((await client.config("GET", name)) as string[])[1],
    ),
  );
  expect(settings).toEqual(["0", "yes", "everysec", "", "noeviction"]);
  const { socket, dir } = serverFolders(dataDir);
  expect(Buffer.byteLength(socket)).toBeLessThan(100);
  for (const folder of [dirname(socket), dir]) expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("a killed coordinator leaves its Redis behind, and the next one takes it over", async () => {
  const dataDir = aDataDir();
  const script = `
    const { openRedis } = await import(${JSON.stringify(new URL("./open-redis.ts", import.meta.url).href)});
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const { client } = await openRedis({ dataDir: ${JSON.stringify(dataDir)}, log });
    await client.set("{sw}:test", "from the first");
    console.log("ready");`;
  const first = spawn(process.execPath, ["--conditions=@sitewright/source", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(first.stdout, "data");
  const pid = pidOf(dataDir);
  first.kill("SIGKILL");
  await once(first, "exit");
  const { client } = await opened(dataDir);
  expect(pidOf(dataDir)).toBe(pid);
  expect(await client.get("{sw}:test")).toBe("from the first");
});

test("a Redis on the socket with other data is refused, and left alone", async () => {
  const dataDir = aDataDir();
  const elsewhere = mkdtempSync(join(tmpdir(), "sw-foreign-"));
  undo.push(() => rmSync(elsewhere, { recursive: true, force: true }));
  const { socket } = serverFolders(dataDir);
  const foreign = spawn("redis-server", ["--port", "0", "--unixsocket", socket, "--dir", elsewhere, "--save", ""], { stdio: "ignore" });
  undo.push(async () => {
    foreign.kill();
    await once(foreign, "exit");
  });
  const client = connectRedis({ kind: "socket", path: socket });
  undo.push(() => client.disconnect());
  await client.ping();
  await expect(openRedis({ dataDir, log })).rejects.toMatchObject({ code: "REDIS_FOREIGN" });
  expect(await client.ping()).toBe("PONG");
});

test("a socket folder created by another account is refused", async () => {
  const dataDir = aDataDir();
  const place = dirname(serverFolders(dataDir).socket);
  rmSync(place, { recursive: true });
  symlinkSync(tmpdir(), place);
  await expect(openRedis({ dataDir, log })).rejects.toMatchObject({ code: "REDIS_FOREIGN" });
  rmSync(place);
});

test("a clean close stops the server, and the next start has the data", async () => {
  const dataDir = aDataDir();
  const first = await openRedis({ dataDir, log });
  await first.client.set("{sw}:test", "1");
  const pid = pidOf(dataDir);
  await first.close();
  await expect.poll(() => isAlive(pid)).toBe(false);
  const second = await opened(dataDir);
  expect(await second.client.get("{sw}:test")).toBe("1");
});

test("a server whose socket was removed is stopped before another uses its files", async () => {
  const dataDir = aDataDir();
  const redis = await opened(dataDir);
  const { client } = redis;
  await client.set("{sw}:test", "1");
  const pid = pidOf(dataDir);
  const back = new Promise<void>((resolve) => redis.onBack(resolve));
  rmSync(dirname(serverFolders(dataDir).socket), { recursive: true });
  await back;
  expect(isAlive(pid)).toBe(false);
  expect(await client.get("{sw}:test")).toBe("1");
});

test("a given Redis that may evict keys is refused", async () => {
  const { client, place } = await opened(aDataDir());
  await client.config("SET", "maxmemory-policy", "allkeys-lru");
  const url = shownPlace(place);
  await expect(openRedis({ dataDir: "unused", url, log })).rejects.toThrow(/set it to noeviction/);
});

test("commands to a Redis that stays unavailable fail as unreachable", async () => {
  const client = connectRedis({ kind: "socket", path: join(tmpdir(), "sw-no-such.sock") }, { maxRetriesPerRequest: 2 });
  await expect(reaching(() => client.get("x"))).rejects.toMatchObject({ code: "REDIS_UNREACHABLE" });
  client.disconnect();
});

test("a missing or an old server is named with advice", async () => {
  await expect(checkServerBinary("redis-server-that-is-not-there")).rejects.toMatchObject({
    code: "REDIS_MISSING",
    message: expect.stringContaining("apt-get install redis-server") as string,
  });
  expect(() => checkRedisVersion("6.0.16", "the Redis")).toThrow(/version 6\.0\.16, and 6\.2\.0/);
  checkRedisVersion("6.2.0", "the Redis");
  checkRedisVersion("10.0.1", "the Redis");
});

test("a second coordinator on one data folder is refused until the first has ended", () => {
  const dataDir = aDataDir();
  const lock = lockDataDir(dataDir);
  expect(() => lockDataDir(dataDir)).toThrow(expect.objectContaining({ code: "DATA_DIR_IN_USE" }));
  lock.release();
  lockDataDir(dataDir).release();
});

test.each(["redis://host:99999", "http://host"])("%s is refused as an address of a Redis before any connection attempt", async (url) => {
  await expect(openRedis({ dataDir: "/not/there", url, log })).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

test("on Windows a coordinator without the address of a Redis says at once which ones it may be given, and elsewhere starts its own", () => {
  const choose = (url: string | undefined, platform: NodeJS.Platform) => () => checkRedisChoice(url, platform);
  expect(choose(undefined, "win32")).toThrow(
    expect.objectContaining({ code: "REDIS_MISSING", message: expect.stringContaining("--redis redis://HOST:6379") }),
  );
  expect(choose(undefined, "win32")).toThrow(/REDIS_URL.*6\.2.*noeviction.*WSL 2.*Memurai.*on Linux/);
  expect(choose("redis://127.0.0.1:6379", "win32")).not.toThrow();
  expect(choose(undefined, "linux")).not.toThrow();
});
