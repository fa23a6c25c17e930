import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CoordinatorMember } from "@sitewright/protocol/api";
import { freePort } from "@sitewright/testkit/free-port";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Case, Context } from "../case.ts";
import { finish, kill, start } from "../machine/processes.ts";
import { alternate, compare, oursAtMost } from "../measure.ts";
import { joinAgent } from "../ours/agent.ts";
import { startCoordinator, type Coordinator } from "../ours/coordinator.ts";
import { createApi } from "../ours/orders.ts";
import { programFile } from "../ours/programs.ts";
import { writeHierarchy } from "../ours/site.ts";

const AGENTS = 20;
const GOAL_S = 15;
/** When a service manager starts a program that ended again; as the unit of the Debian package says. */
const RESTART_MS = 2_000;

interface Took {
  /** s until another coordinator leads. */
  leads: number;
  /** s until all agents are connected to it. */
  connected: number;
}

/** Two places of one hierarchy on one Redis. */
interface Pair {
  places: { dataDir: string; port: number; running: Coordinator | undefined }[];
  systems: string[];
  startAt(index: number): Promise<Coordinator>;
}

export const adoption: Case = {
  name: "adoption",
  about: `the coordinator that leads is killed, with ${AGENTS} agents connected: from the kill until another one leads, and until all agents are connected to it. Peer: it is alone, and its service manager starts it again after ${RESTART_MS / 1000} s`,
  goal: `all agents are connected within ${GOAL_S} s`,
  async run(context) {
    const pair = await startPair(context, Math.max(2, Math.ceil(AGENTS / context.scale)));
    const took = await alternate(
      context,
      { standby: () => withStandby(pair), restart: () => alone(pair) },
      ({ leads, connected }) => `leads after ${leads.toFixed(1)} s, agents after ${connected.toFixed(1)} s`,
    );
    const of = (what: keyof Took) => [took.standby.map((one) => one[what]), took.restart.map((one) => one[what])] as const;
    return {
      measures: [
        compare({ what: "another leads", unit: "s" }, ...of("leads")),
        compare({ what: "all agents connected", unit: "s" }, ...of("connected"), oursAtMost(GOAL_S)),
      ],
      facts: [`${pair.systems.length} agents, a lease of 6 s`],
    };
  },
};

async function startPair(context: Context, count: number): Promise<Pair> {
  const folder = context.folder("memory");
  const siteData = join(folder, "site-data");
  const systems = Array.from({ length: count }, (_, i) => `SYS${i}`);
  writeHierarchy(
    siteData,
    systems.map((name) => `${name}: { site: ABC, roles: [dp] }`),
  );
  const socket = join(folder, "redis.sock");
  const settings = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--appendonly", "yes", "--maxmemory-policy", "noeviction"];
  const redis = start("redis-server", settings);
  context.cleanup.defer(() => kill(redis));
  const places: Pair["places"] = [];
  for (const name of ["first", "second"]) places.push({ dataDir: join(folder, name), port: await freePort(), running: undefined });
  context.cleanup.defer(async () => {
    for (const { running } of places) await running?.[Symbol.asyncDispose]();
  });

  async function startAt(index: number): Promise<Coordinator> {
    const place = places[index] as Pair["places"][number];
    const { dataDir, port } = place;
    place.running = await startCoordinator({ siteData, dataDir, listen: `127.0.0.1:${port}`, redis: `unix://${socket}` });
    return place.running;
  }
  const first = await startAt(0);
  const backup = join(folder, "sitewright.backup");
  await sitewright("backup", backup, "--data-dir", first.dataDir);
  await sitewright("restore", backup, "--data-dir", (places[1] as Pair["places"][number]).dataDir);
  const [url = "", ...others] = places.map(({ port }) => `https://127.0.0.1:${port}`);
  for (const system of systems) {
    const token = await first.joinToken(system);
    context.cleanup.use(await joinAgent({ folder: join(folder, system), role: "dp", system, url, others, token }));
  }
  await allConnected(first, systems);
  return { places, systems, startAt };
}

async function withStandby(pair: Pair): Promise<Took> {
  const [leader, other] = await bothThere(pair);
  await kill(leader.process);
  const killedAt = performance.now();
  const leads = await seconds(killedAt, () => waitFor("the other to lead", () => doesLead(other)));
  return { leads, connected: await seconds(killedAt, () => allConnected(other, pair.systems)) };
}

async function alone(pair: Pair): Promise<Took> {
  const [leader, other] = await bothThere(pair);
  await other[Symbol.asyncDispose]();
  const index = pair.places.findIndex(({ running }) => running === leader);
  await kill(leader.process);
  const killedAt = performance.now();
  await sleep(RESTART_MS);
  const again = await pair.startAt(index);
  const leads = await seconds(killedAt, () => waitFor("it to lead again", () => doesLead(again)));
  return { leads, connected: await seconds(killedAt, () => allConnected(again, pair.systems)) };
}

/** Starts what does not run. @returns The one that leads, and the one that stands by and has read the sources. */
async function bothThere({ places, startAt, systems }: Pair): Promise<[Coordinator, Coordinator]> {
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

async function doesLead(coordinator: Coordinator): Promise<true | undefined> {
  const leader = (await members(coordinator)).find(({ leads }) => leads);
  return leader?.url.endsWith(`:${new URL(coordinator.url).port}`) ? true : undefined;
}

function allConnected({ url, dataDir }: Coordinator, systems: readonly string[]): Promise<true> {
  return waitFor("all agents to connect", async () => {
    const agents = await createApi(url, dataDir)
      .ask<{ state: string }[]>("/api/v1/agents")
      .catch(() => []);
    return agents.filter(({ state }) => state === "connected").length === systems.length ? true : undefined;
  });
}

async function seconds(since: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  return (performance.now() - since) / 1000;
}

async function sitewright(...args: string[]): Promise<void> {
  const { code, stderr } = await finish(process.execPath, [programFile("sitewright"), ...args]);
  if (code !== 0) throw new Error(`sitewright ${args[0]}: ${stderr}`);
}
