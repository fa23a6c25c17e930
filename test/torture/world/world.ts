import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Overview } from "../../../packages/coordinator/src/app/runs/operations.ts";
import { startAgent } from "../../../scripts/support/hierarchy.ts";
import { startProgram, waitFor } from "../../../scripts/support/programs.ts";
import { operatorToken, thisSystem } from "../../support/fleet.ts";
import { freePort, spawnRedis } from "../../support/redis.ts";
import { openLines, type Lines } from "./lines.ts";
import { createSiteServer, SYSTEMS, systemNames, type SiteServer, type SystemName } from "./site-server.ts";
import { createVictim, type Victim } from "./victim.ts";

/** A hierarchy of real processes, each of which may be killed; disposing of it stops and removes everything. */
export interface World extends AsyncDisposable {
  folder: string;
  siteData: string;
  siteServer: SiteServer;
  lines: Lines;
  /** By name: the coordinator, its Redis, and the agents by their systems. */
  victims: ReadonlyMap<string, Victim>;
  root(system: SystemName, role: string): string;
  log(victim: string): string;
  /** A request as the operator, on the coordinator's own machine; throws while it does not answer. */
  api<T>(path: string, init?: RequestInit): Promise<T>;
  /** Resolves when every agent is connected. */
  connected(): Promise<void>;
}

/** Requests that a stopped coordinator does not answer, ms. */
const ANSWER_MS = 10_000;
export const SERVERS = ["coordinator", "redis"] as const;

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-torture-"));
  const [siteData, dataDir, redisDir] = ["site-data", "coordinator", "redis"].map((name) => join(folder, name)) as [string, string, string];
  mkdirSync(redisDir);
  const siteServer = createSiteServer(siteData);
  const port = await freePort();
  const socket = join(folder, "redis.sock");
  const placeOf = (system: SystemName) => ({ system, roles: SYSTEMS[system].roles, folder: join(folder, system) });
  const launchers = {
    redis: () => spawnRedis(redisDir, socket),
    coordinator: () =>
      startProgram("sitewright", ["coordinator", "--site-data", siteData, "--data-dir", dataDir, "--listen", `127.0.0.1:${port}`], {
        log: join(dataDir, "coordinator.log"),
        env: { REDIS_URL: `unix://${socket}` },
      }),
    ...Object.fromEntries(systemNames.map((system) => [system, () => startAgent(placeOf(system))])),
  };
  const victims = new Map(Object.entries(launchers).map(([name, launch]) => [name, createVictim(name, launch)]));
  const lines = openLines();

  const world: World = {
    folder,
    siteData,
    siteServer,
    lines,
    victims,
    root: (system, role) => join(folder, system, role),
    log: (name) => readFileSync(name === "coordinator" ? join(dataDir, "coordinator.log") : join(folder, name, "agent.log"), "utf8"),
    async api<T>(path: string, init: RequestInit = {}) {
      const answer = await fetch(new URL(path, `http://127.0.0.1:${port}`), {
        ...init,
        signal: AbortSignal.timeout(ANSWER_MS),
        headers: { authorization: `Bearer ${operatorToken(dataDir)}`, "content-type": "application/json" },
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    connected: () =>
      waitFor(
        "all agents to connect",
        async () => {
          const { systems } = await world.api<Overview>("/api/v1/overview").catch(() => ({ systems: [] }));
          return systemNames.every((name) => systems.some((system) => system.name === name && system.connected)) || undefined;
        },
        120_000,
      ).then(() => {}),
    async [Symbol.asyncDispose]() {
      const { redis, ...others } = Object.fromEntries(victims);
      await Promise.all(Object.values(others).map((victim) => victim.stop()));
      await redis?.stop();
      await lines[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };

  try {
    for (const name of SERVERS) victims.get(name)?.start();
    await waitFor("the coordinator to answer", () => world.api("/healthz").catch(() => undefined));
    for (const system of systemNames) {
      const { token } = await world.api<{ token: string }>("/api/v1/join-tokens", { method: "POST", body: JSON.stringify({ system }) });
      await thisSystem.join(placeOf(system), await lines.open(system, SYSTEMS[system].site, port), token);
      victims.get(system)?.start();
    }
    await world.connected();
    return world;
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
}
