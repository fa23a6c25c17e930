import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "@sitewright/testkit/free-port";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";

export interface RedisServer {
  port: number;
  kill(): Promise<void>;
}

/** Redis servers of their own ports, as their own settings make them; all end with the stack. */
export interface RedisServers extends AsyncDisposable {
  folder: string;
  start(settings: readonly string[], options?: { port?: number; sentinel?: string }): Promise<RedisServer>;
}

export const RELIABLE = ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"];

export function redisServers(): RedisServers {
  const folder = temporaryFolder();
  const running = new Set<ChildProcess>();
  const kill = async (server: ChildProcess): Promise<void> => {
    running.delete(server);
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
  };
  return {
    folder,
    async start(settings, { port: wanted, sentinel } = {}) {
      const port = wanted ?? (await freePort());
      const dir = join(folder, `${port}`);
      mkdirSync(dir, { recursive: true });
      const file = join(dir, "redis.conf");
      writeFileSync(file, sentinel ?? "");
      const listen = settings.includes("--tls-port") ? ["--port", "0"] : ["--port", `${port}`];
      const server = spawn(
        "redis-server",
        [file, ...(sentinel === undefined ? [] : ["--sentinel"]), "--bind", "127.0.0.1", "--dir", dir, ...listen, ...settings],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      running.add(server);
      await saying(server, sentinel === undefined ? /Ready to accept connections/ : /Sentinel ID is/);
      return { port, kill: () => kill(server) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map(kill));
    },
  };
}

/** Asks a server on its own connection. */
export async function asked<T>(port: number, ask: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(port, "127.0.0.1");
  try {
    return await ask(client);
  } finally {
    client.disconnect();
  }
}

async function saying(server: ChildProcess, what: RegExp): Promise<void> {
  let said = "";
  for await (const text of server.stdout ?? []) {
    said += String(text);
    if (what.test(said)) break;
  }
  if (!what.test(said)) throw new Error(`redis-server ended: ${said}`);
  server.stdout?.resume();
}
