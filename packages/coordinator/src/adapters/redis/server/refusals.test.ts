import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { aRun } from "../../../../test-support/fakes.ts";
import { asked, redisServers, RELIABLE } from "../../../../test-support/redis/redis-servers.ts";
import type { Log } from "../../../app/log.ts";
import { redisRunStore } from "../run-store.ts";
import { openRedis } from "./open-redis.ts";

type Ask = (client: Redis) => Promise<unknown>;

interface Refusal {
  begin: Ask;
  end: Ask;
  /** What the coordinator says of it. */
  said: RegExp;
}

const RIGHTS = ["~{sw}:*", "+@read", "+@write", "+@scripting", "+@transaction", "+@connection", "+info", "+config|get"];
const setUser =
  (...rules: string[]): Ask =>
  (client) =>
    client.call("ACL", "SETUSER", "sw", ...rules);
/** Answered only when it is ended; Redis refuses everything else once it has run for 50 ms. */
const beBusy: Ask = async (client) => {
  await client.config("SET", "busy-reply-threshold", "50");
  void client.eval("while true do end", 0).catch(() => undefined);
};

const REFUSALS: Record<string, Refusal> = {
  "has no memory left": {
    begin: (client) => client.config("SET", "maxmemory", "1"),
    end: (client) => client.config("SET", "maxmemory", "0"),
    said: /\(OOM .*make room in its memory/,
  },
  "has lost its copies": {
    begin: (client) => client.config("SET", "min-replicas-to-write", "1"),
    end: (client) => client.config("SET", "min-replicas-to-write", "0"),
    said: /\(NOREPLICAS .*start its copies/,
  },
  "took the right to run scripts from the account": { begin: setUser("-eval"), end: setUser("+eval"), said: /\(NOPERM .*too few rights/ },
  "took a right from the account that scripts need": {
    begin: setUser("-hset", "-set"),
    end: setUser("+hset", "+set"),
    said: /too few rights/,
  },
  "runs the endless script of another program": { begin: beBusy, end: (client) => client.script("KILL"), said: /\(BUSY .*SCRIPT KILL/ },
  "became the copy of another one": {
    begin: (client) => client.replicaof("127.0.0.1", 1),
    end: (client) => client.replicaof("NO", "ONE"),
    said: /\(READONLY .*name the master/,
  },
};

async function refusing() {
  const servers = redisServers();
  const { port } = await servers.start(RELIABLE);
  await asked(port, setUser("on", ">old", ...RIGHTS));
  const warned: string[] = [];
  const log: Log = { debug() {}, info() {}, error() {}, warn: (_, message) => void warned.push(message) };
  const open = () => openRedis({ dataDir: "unused", url: `redis://sw:old@127.0.0.1:${port}`, log });
  return { port, warned, open, [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose]() };
}

test.each(Object.entries(REFUSALS))(
  "a Redis that %s counts as one that is away, is named once with the remedy, and is given what it missed when it stores again",
  async (_, { begin, end, said }) => {
    await using server = await refusing();
    await using parts = new AsyncDisposableStack();
    const redis = parts.adopt(await server.open(), (it) => it.close());
    const admin = parts.adopt(new Redis(server.port), (it) => it.disconnect());
    let back = 0;
    redis.onBack(() => (back += 1));
    const refused = { code: "REDIS_UNREACHABLE", message: expect.stringMatching(said) as string };
    await begin(admin);
    const other = parts.adopt(new Redis(server.port, { enableReadyCheck: false }), (it) => it.disconnect());
    await expect
      .poll(() =>
        redisRunStore(redis.client)
          .createRun(aRun({ id: "before" }))
          .then(String, (error: Error) => error),
      )
      .toMatchObject(refused);
    expect([redis.isUp(), back]).toEqual([false, 0]);
    await expect(server.open()).rejects.toMatchObject({ code: expect.stringMatching(/REDIS_UNREACHABLE|CONFLICT/) as string });
    await end(other);
    await expect.poll(() => [redis.isUp(), back]).toEqual([true, 1]);
    await redisRunStore(redis.client).createRun(aRun({ id: "after" }));
    expect(server.warned).toEqual([expect.stringMatching(said)]);
  },
);

test("a Redis whose password was changed counts as one that is away, with the remedy and the reason in the log once, and serves when it has it again", async () => {
  await using server = await refusing();
  await using parts = new AsyncDisposableStack();
  const redis = parts.adopt(await server.open(), (it) => it.close());
  const back = new Promise<void>((resolve) => redis.onBack(resolve));
  await asked(server.port, setUser("resetpass", ">new"));
  await asked(server.port, (client) => client.call("CLIENT", "KILL", "USER", "sw"));
  const refused = { code: "REDIS_UNREACHABLE", message: expect.stringMatching(/\(WRONGPASS .*start the coordinator with/) as string };
  await expect(redisRunStore(redis.client).createRun(aRun({ id: "before" }))).rejects.toMatchObject({ code: "REDIS_UNREACHABLE" });
  await expect(server.open()).rejects.toMatchObject(refused);
  await asked(server.port, setUser("resetpass", ">old"));
  await back;
  await redisRunStore(redis.client).createRun(aRun({ id: "after" }));
  expect(server.warned).toEqual(["the connection to Redis was lost", "Redis cannot be reached"]);
});
