import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { rootCertificates, setDefaultCACertificates } from "node:tls";
import type { Held } from "@sitewright/protocol";
import { dial, helloTo, makeAgentKey, type AgentKey, type AgentWire } from "@sitewright/testkit/agent-wire";
import type { Case, Context } from "../case.ts";
import { residentOf } from "../machine/processes.ts";
import { compare, oursAtMost } from "../measure.ts";
import { startCoordinator, type CoordinatorOptions } from "../ours/coordinator.ts";
import { createApi, type Api } from "../ours/orders.ts";
import { writeHierarchy } from "../ours/site.ts";
import { joinRaw } from "../links/raw-agent.ts";

const AGENTS = 1_000;
const UNITS = 500;
/** Of an inventory in one message. */
const PART = 100;
/** Joins from one local address: fewer than a coordinator permits in a minute. */
const JOINS = 50;
/** Agents that connect at a time: more would wait for this process, not for the coordinator. */
const AT_ONCE = 50;
/** Until garbage of connecting is collected, ms. */
const SETTLE_MS = 15_000;
const GOAL_BYTES = 96 * 1024;
/** Of 30 s for 10,000. */
const GOAL_RECONNECT_S = 3;

export const agents: Case = {
  name: "agents",
  about: `${AGENTS} agents over TLS, each with an inventory of ${UNITS} units, all in one process beside the coordinator as shipped: its memory, and the time until all are back after their connections broke`,
  goal: `<= ${GOAL_BYTES / 1024} KiB of resident memory an agent, all back within ${GOAL_RECONNECT_S} s`,
  async run(context) {
    const count = Math.ceil(AGENTS / context.scale);
    const rounds: { bytes: number; connect: number; reconnect: number }[] = [];
    for (let round = 0; round < context.rounds; round++) rounds.push(await measured(context, count));
    const none = rounds.map(() => 0);
    return {
      measures: [
        compare(
          { what: "memory of an agent", unit: "bytes" },
          rounds.map(({ bytes }) => bytes),
          none,
          oursAtMost(GOAL_BYTES),
        ),
        compare(
          { what: "all connected", unit: "s" },
          rounds.map(({ connect }) => connect),
          none,
        ),
        compare(
          { what: "all back", unit: "s" },
          rounds.map(({ reconnect }) => reconnect),
          none,
          oursAtMost(GOAL_RECONNECT_S),
        ),
      ],
      facts: [`${count} agents, which speak the protocol and hold nothing; the processor time of both ends is on one machine`],
    };
  },
};

async function measured(context: Context, count: number): Promise<{ bytes: number; connect: number; reconnect: number }> {
  const folder = context.folder("memory");
  const siteData = join(folder, "site-data");
  const systems = Array.from({ length: count }, (_, i) => `SYS${String(i).padStart(5, "0")}`);
  writeHierarchy(
    siteData,
    systems.map((name) => `${name}: { site: ABC, roles: [dp] }`),
  );
  const place = { siteData, dataDir: join(folder, "coordinator") };
  const keys = await joinedTo(place, systems);
  // Another process: the one before still has the memory that joining took.
  await using coordinator = await startCoordinator(place);
  setDefaultCACertificates([...rootCertificates, readFileSync(join(coordinator.dataDir, "ca.pem"), "utf8")]);
  await sleep(SETTLE_MS);
  const before = residentOf(coordinator.pid);
  const url = coordinator.url.replace("http:", "https:");
  const first = await timed(() => connectAll(url, keys, true));
  await sleep(SETTLE_MS);
  const bytes = (residentOf(coordinator.pid) - before) / count;
  for (const { socket } of first.value) socket.terminate();
  const again = await timed(() => connectAll(url, keys, false));
  for (const { socket } of again.value) socket.terminate();
  context.say(`${(bytes / 1024).toFixed(0)} KiB an agent, connected in ${first.s.toFixed(1)} s, back in ${again.s.toFixed(1)} s`);
  return { bytes, connect: first.s, reconnect: again.s };
}

async function joinedTo(place: CoordinatorOptions, systems: readonly string[]): Promise<Map<string, AgentKey>> {
  await using coordinator = await startCoordinator(place);
  const api: Api = createApi(coordinator.url, coordinator.dataDir);
  const keys = new Map<string, AgentKey>();
  await each(systems, async (system, i) => {
    const key = makeAgentKey();
    const { token: joinToken } = await api.ask<{ token: string }>("/api/v1/join-tokens", { system });
    await joinRaw({ url: coordinator.url, system, joinToken, from: `127.0.0.${2 + Math.floor(i / JOINS)}` }, key.publicKey);
    keys.set(system, key);
  });
  return keys;
}

/** @param isFirst The coordinator asks for the inventories. */
async function connectAll(url: string, keys: ReadonlyMap<string, AgentKey>, isFirst: boolean): Promise<AgentWire[]> {
  const all: AgentWire[] = [];
  await each([...keys], async ([system, { privateKey }]) => {
    const agent = dial(url, system);
    agent.say(helloTo(await agent.challenge(), system, privateKey, { inventoryDigest: DIGEST }));
    const welcome = await agent.next();
    if (welcome.kind !== "welcome") throw new Error(`${system} was answered with ${welcome.kind}`);
    if (welcome.sendInventory !== isFirst) throw new Error(`${system}: the inventory is ${isFirst ? "not " : ""}asked for`);
    if (isFirst)
      for (const units of parts()) agent.say({ kind: "inventory", digest: DIGEST, units, last: units.at(-1) === INVENTORY.at(-1) });
    all.push(agent);
  });
  return all;
}

const DIGEST = "ab".repeat(32);
const INVENTORY = Array.from({ length: UNITS }, (_, i): Held => {
  const live = { generation: { epoch: 1, counter: 1_763_800_000_000_000 + i }, manifest: i.toString(16).padStart(64, "0") };
  const name = `ABC${i.toString(16).toUpperCase().padStart(5, "0")}`;
  return { unit: { role: "dp", name }, highest: live.generation, live, previous: false, sourceVersion: 1 };
});

function parts(): Held[][] {
  return Array.from({ length: UNITS / PART }, (_, i) => INVENTORY.slice(i * PART, (i + 1) * PART));
}

async function each<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) await work(items[i] as T, i);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; s: number }> {
  const begun = performance.now();
  const value = await work();
  return { value, s: (performance.now() - begun) / 1000 };
}
