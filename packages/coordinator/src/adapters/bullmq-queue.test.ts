import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { asked, redisServers, RELIABLE, type RedisServer } from "../../test-support/redis/redis-servers.ts";

const LOSSES: Record<string, (server: RedisServer) => Promise<unknown>> = {
  "has ended": (server) => server.kill(),
  "refuses the password": async ({ port }) => {
    await asked(port, (client) => client.call("ACL", "SETUSER", "sw", "resetpass", ">new"));
    await asked(port, (client) => client.call("CLIENT", "KILL", "USER", "sw"));
  },
  "runs the endless script of another program": ({ port }) =>
    asked(port, async (client) => {
      await client.config("SET", "busy-reply-threshold", "50");
      void client.eval("while true do end", 0).catch(() => undefined);
    }),
};

/** Closes its queue when its input ends. */
const PROGRAM = (port: number): string => `
  const { bullmqQueue } = await import(${JSON.stringify(new URL("bullmq-queue.ts", import.meta.url).href)});
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const queue = bullmqQueue({ place: { kind: "server", url: "redis://sw:old@127.0.0.1:${port}" }, slots: 2, log });
  await queue.start(async () => {});
  console.log("ready");
  for await (const _ of process.stdin);
  await queue.close();`;

test.each(Object.entries(LOSSES))("a process with a queue ends although its Redis %s", async (_, lose) => {
  await using servers = redisServers();
  const server = await servers.start(RELIABLE);
  await asked(server.port, (client) => client.call("ACL", "SETUSER", "sw", "on", ">old", "~{sw}:*", "+@all"));
  const program = spawn(process.execPath, ["--conditions=@sitewright/source", "--input-type=module", "-e", PROGRAM(server.port)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await using _end = { [Symbol.asyncDispose]: async () => void program.kill("SIGKILL") };
  const ended = once(program, "exit");
  await once(program.stdout, "data");
  await lose(server);
  program.stdin.end();
  expect(await ended).toEqual([0, null]);
});
