import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { rootCertificates, setDefaultCACertificates } from "node:tls";
import type { Held } from "@sitewright/protocol";
import type { AgentKey, AgentWire } from "@sitewright/testkit/agent-wire";
import type { Case, Context } from "../case.ts";
import { residentOf } from "../machine/processes.ts";
import { compare, oursAtMost } from "../measure.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { writeHierarchy } from "../ours/site.ts";
import { connectAs, each, joinedTo, systemNames } from "./swarm.ts";

const AGENTS = 1_000;
const UNITS = 500;
/** Of an inventory in one message. */
const PART = 100;
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
  const systems = systemNames(count);
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

/** @param isFirst The coordinator asks for the inventories. */
async function connectAll(url: string, keys: ReadonlyMap<string, AgentKey>, isFirst: boolean): Promise<AgentWire[]> {
  const all: AgentWire[] = [];
  await each([...keys], async (entry) => {
    const { agent, sendInventory } = await connectAs(url, entry, { inventoryDigest: DIGEST });
    if (sendInventory !== isFirst) throw new Error(`${entry[0]}: the inventory is ${isFirst ? "not " : ""}asked for`);
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

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; s: number }> {
  const begun = performance.now();
  const value = await work();
  return { value, s: (performance.now() - begun) / 1000 };
}
