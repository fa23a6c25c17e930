import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CoordinatorMember } from "@sitewright/protocol/api";
import { freePort } from "@sitewright/testkit/free-port";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Context } from "../case.ts";
import { finish, kill, start } from "../machine/processes.ts";
import { joinAgent } from "../ours/agent.ts";
import { startCoordinator, type Coordinator } from "../ours/coordinator.ts";
import { createApi } from "../ours/orders.ts";
import { programFile } from "../ours/programs.ts";
import { writeHierarchy } from "../ours/site.ts";

/** Two places of one hierarchy on one Redis. */
export interface Pair {
  places: { dataDir: string; port: number; running: Coordinator | undefined }[];
  systems: string[];
  startAt(index: number): Promise<Coordinator>;
}

export interface PairOptions {
  /** How many agents. */
  count: number;
  /** Whether agents are given the addresses of both coordinators, instead of learning the second one. */
  given: boolean;
  /** Of the address that each system has, such as `100 Mbit/s`; absent: they have none. */
  bandwidth?: string;
  /** Adds to the site data, before anything starts. */
  prepare?: (siteData: string, systems: readonly string[]) => void;
}

export async function startPair(context: Context, { count, given, bandwidth, prepare }: PairOptions): Promise<Pair> {
  const folder = context.folder("memory");
  const siteData = join(folder, "site-data");
  const systems = Array.from({ length: count }, (_, i) => `SYS${i}`);
  writeHierarchy(
    siteData,
    systems.map((name) => `${name}: { site: ABC, roles: [dp]${bandwidth === undefined ? "" : `, address: { bandwidth: ${bandwidth} }`} }`),
  );
  prepare?.(siteData, systems);
  const socket = join(folder, "redis.sock");
  const settings = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--appendonly", "yes", "--maxmemory-policy", "noeviction"];
  const redis = start("redis-server", settings);
  context.cleanup.defer(() => kill(redis));
  const places: Pair["places"] = [];
  for (const name of ["first", "second"]) places.push({ dataDir: join(folder, name), port: await freePort(), running: undefined });
  context.cleanup.defer(async () => {
    for (const { running } of places) await running?.[Symbol.asyncDispose]();
  });

  /** Gives it an id: with these two each serves the content of four of the first eight systems. */
  function identify(index: number, digit: string): void {
    const { dataDir } = places[index] as Pair["places"][number];
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(join(dataDir, "member-id"), `00000000-0000-4000-8000-${digit.padStart(12, "0")}\n`, { mode: 0o600 });
  }

  async function startAt(index: number): Promise<Coordinator> {
    const place = places[index] as Pair["places"][number];
    const { dataDir, port } = place;
    place.running = await startCoordinator({ siteData, dataDir, listen: `127.0.0.1:${port}`, redis: `unix://${socket}` });
    return place.running;
  }
  identify(0, "1");
  const first = await startAt(0);
  const backup = join(folder, "sitewright.backup");
  await sitewright("backup", backup, "--data-dir", first.dataDir);
  await sitewright("restore", backup, "--data-dir", (places[1] as Pair["places"][number]).dataDir);
  identify(1, "3");
  const [url = "", ...others] = places.map(({ port }) => `https://127.0.0.1:${port}`);
  for (const system of systems) {
    const token = await first.joinToken(system);
    context.cleanup.use(await joinAgent({ folder: join(folder, system), role: "dp", system, url, others: given ? others : [], token }));
  }
  await allConnected(first, systems);
  return { places, systems, startAt };
}

/** Starts what does not run. @returns The one that leads, and the one that stands by and has read the sources. */
export async function bothThere({ places, startAt, systems }: Pair): Promise<[Coordinator, Coordinator]> {
  for (const [index, { running }] of places.entries()) if (!isRunning(running?.process)) await startAt(index);
  const [first, second] = places.map(({ running }) => running) as [Coordinator, Coordinator];
  await waitFor("both to be there", async () => ((await members(first)).filter(({ url }) => url !== "").length === 2 ? true : undefined));
  const isFirst = (await members(first)).find(({ leads }) => leads)?.url.endsWith(new URL(first.url).port) === true;
  const pair: [Coordinator, Coordinator] = isFirst ? [first, second] : [second, first];
  await allConnected(pair[0], systems);
  return pair;
}

function isRunning(process: ChildProcess | undefined): boolean {
  return process !== undefined && process.exitCode === null && process.signalCode === null;
}

async function members({ url, dataDir }: Coordinator): Promise<CoordinatorMember[]> {
  return createApi(url, dataDir)
    .ask<CoordinatorMember[]>("/api/v1/coordinators")
    .catch(() => []);
}

export async function doesLead(coordinator: Coordinator): Promise<true | undefined> {
  const leader = (await members(coordinator)).find(({ leads }) => leads);
  return leader?.url.endsWith(`:${new URL(coordinator.url).port}`) ? true : undefined;
}

export function allConnected({ url, dataDir }: Coordinator, systems: readonly string[]): Promise<true> {
  return waitFor("all agents to connect", async () => {
    const agents = await createApi(url, dataDir)
      .ask<{ state: string }[]>("/api/v1/agents")
      .catch(() => []);
    return agents.filter(({ state }) => state === "connected").length === systems.length ? true : undefined;
  });
}

async function sitewright(...args: string[]): Promise<void> {
  const { code, stderr } = await finish(process.execPath, [programFile("sitewright"), ...args]);
  if (code !== 0) throw new Error(`sitewright ${args[0]}: ${stderr}`);
}
