import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@sitewright/testkit/free-port";
import { stopProgram, waitFor } from "../../scripts/support/programs.ts";

/** A separate Redis, as `--redis URL` names it, whose data survive a kill. */
export interface OwnRedis extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
}

const SETTINGS = ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"];

/** In a container if an engine answers, else the machine's own `redis-server`; one of the two is required. */
export async function startRedis(): Promise<OwnRedis> {
  const engine = spawnSync("docker", ["info", "--format", "{{.ServerVersion}}"], { encoding: "utf8", timeout: 5_000 });
  const redis = engine.status === 0 && engine.stdout.trim() !== "" ? await inContainer() : onThisMachine();
  await redis.start();
  return redis;
}

async function inContainer(): Promise<OwnRedis> {
  // Looks for an engine when it is loaded, so it is loaded only if there is one.
  const { GenericContainer, Wait } = await import("testcontainers");
  // A fixed port stays the same when the container is killed and started again.
  const port = await freePort();
  const container = await new GenericContainer("redis:7-alpine")
    .withCommand(["redis-server", ...SETTINGS])
    .withExposedPorts({ container: 6379, host: port })
    .withWaitStrategy(Wait.forLogMessage("Ready to accept connections"))
    .start();
  return {
    url: `redis://${container.getHost()}:${port}`,
    start: async () => docker("start", container.getId()),
    kill: async () => docker("kill", container.getId()),
    [Symbol.asyncDispose]: async () => void (await container.stop()),
  };
}

function docker(...args: string[]): void {
  const { status, stderr } = spawnSync("docker", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr}`);
}

/** The machine's own `redis-server`, whose data are in `dir`. */
export function spawnRedis(dir: string, socket: string): ChildProcess {
  return spawn("redis-server", ["--port", "0", "--unixsocket", socket, "--dir", dir, ...SETTINGS], { stdio: "ignore" });
}

function onThisMachine(): OwnRedis {
  const dir = mkdtempSync(join(tmpdir(), "sw-own-redis-"));
  const socket = join(dir, "redis.sock");
  let server: ChildProcess | undefined;
  return {
    url: `unix://${socket}`,
    async start() {
      rmSync(socket, { force: true });
      server = spawnRedis(dir, socket);
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
}
