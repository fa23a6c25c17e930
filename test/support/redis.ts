import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopProgram, waitFor } from "../../scripts/support/programs.ts";

/** A Redis of our own on a unix socket, with its data in a folder that outlives a kill. */
export interface OwnRedis extends AsyncDisposable {
  url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
}

export async function startRedis(): Promise<OwnRedis> {
  const dir = mkdtempSync(join(tmpdir(), "sw-own-redis-"));
  const socket = join(dir, "redis.sock");
  let server: ChildProcess | undefined;
  const redis: OwnRedis = {
    url: `unix://${socket}`,
    async start() {
      rmSync(socket, { force: true });
      server = spawn("redis-server", ["--port", "0", "--unixsocket", socket, "--dir", dir, "--appendonly", "yes", "--save", ""], {
        stdio: "ignore",
      });
      await waitFor("Redis to start", () => existsSync(socket));
    },
    async kill() {
      const gone = once(server as ChildProcess, "exit");
      server?.kill("SIGKILL");
      await gone;
    },
    async [Symbol.asyncDispose]() {
      if (server) await stopProgram(server);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}
