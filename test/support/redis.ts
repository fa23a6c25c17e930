import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopProgram, waitFor } from "../../scripts/support/programs.ts";

/** A Redis of one's own, as `--redis URL` names it. */
export interface OwnRedis extends AsyncDisposable {
  url: string;
}

/** In a container where an engine answers, else the machine's own `redis-server`; one of the two has to be there. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const engine = spawnSync("docker", ["info", "--format", "{{.ServerVersion}}"], { encoding: "utf8", timeout: 5_000 });
  return engine.status === 0 && engine.stdout.trim() !== "" ? startContainer() : startServer();
}

async function startContainer(): Promise<OwnRedis> {
  // Looks for an engine when it is loaded, so it is loaded only where there is one.
  const { GenericContainer, Wait } = await import("testcontainers");
  const container = await new GenericContainer("redis:7-alpine")
    .withCommand(["redis-server", "--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"])
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage("Ready to accept connections"))
    .start();
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    [Symbol.asyncDispose]: async () => void (await container.stop()),
  };
}

async function startServer(): Promise<OwnRedis> {
  const folder = mkdtempSync(join(tmpdir(), "sw-redis-"));
  const port = await freePort();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"];
  const server = spawn("redis-server", settings, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  server.stdout.on("data", (data) => (said += data));
  await waitFor("redis-server to accept connections", () => said.includes("Ready to accept connections") || undefined);
  return {
    url: `redis://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await stopProgram(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
