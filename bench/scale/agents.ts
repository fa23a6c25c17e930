import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Held } from "@sitewright/protocol";
import type { AgentKey, AgentWire } from "@sitewright/testkit/agent-wire";
import type { Case, Context } from "../case.ts";
import { residentOf, usageOf } from "../machine/processes.ts";
import { compare, oursAtMost } from "../measure.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { writeHierarchy } from "../ours/site.ts";
import { connectAs, each, joinedTo, systemNames } from "./swarm.ts";

const UNITS = 500;
/** Of an inventory in one message. */
const PART = 100;
/** Until garbage of connecting is collected, ms. */
const SETTLE_MS = 30_000;
/** For so long the processor time of idle agents is counted, ms. */
const IDLE_MS = 15_000;
const GOAL_BYTES = 96 * 1024;
/** All of 10,000 are back within this, s; fewer in proportion. */
const GOAL_BACK_S = 30;
/** The same where each resumes its TLS session. */
const GOAL_RESUMED_S = 15;

export const agents = agentsCase("agents", 1_000);
/** Once, however many rounds there are: with joining they take some minutes. */
export const manyAgents = [5_000, 10_000].map((count) => agentsCase(`agents-${count}`, count, 1));

interface Measured {
  bytes: number;
  /** s. */
  connect: number;
  reconnect: number;
  /** With their TLS sessions, s. */
  resumed: number;
  /** Processor time of the coordinator for these two, s. */
  reconnectCpu: number;
  resumedCpu: number;
  /** Of one core. */
  idle: number;
}

function agentsCase(name: string, of: number, mostRounds = Infinity): Case {
  const goalBack = (GOAL_BACK_S * of) / 10_000;
  const goalResumed = (GOAL_RESUMED_S * of) / 10_000;
  return {
    name,
    about: `${of} agents over TLS, each with an inventory of ${UNITS} units, all in one process beside the coordinator as shipped: its memory, and the time until all are back after their connections broke`,
    goal: `<= ${GOAL_BYTES / 1024} KiB of resident memory an agent, all back within ${goalBack} s, and within ${goalResumed} s where they resume their TLS sessions`,
    async run(context) {
      const count = Math.ceil(of / context.scale);
      const rounds: Measured[] = [];
      for (let round = 0; round < Math.min(context.rounds, mostRounds); round++) rounds.push(await measured(context, count));
      const none = rounds.map(() => 0);
      const values = (what: keyof Measured): [number[], number[]] => [rounds.map((one) => one[what]), none];
      return {
        measures: [
          compare({ what: "memory of an agent", unit: "bytes" }, ...values("bytes"), oursAtMost(GOAL_BYTES)),
          compare({ what: "all connected", unit: "s" }, ...values("connect")),
          compare({ what: "all back", unit: "s" }, ...values("reconnect"), oursAtMost(goalBack)),
          compare({ what: "all back, resumed", unit: "s" }, ...values("resumed"), oursAtMost(goalResumed)),
          compare({ what: "coordinator's processor time, back", unit: "s" }, ...values("reconnectCpu")),
          compare({ what: "the same, resumed", unit: "s" }, ...values("resumedCpu")),
          compare({ what: "of a core, all idle", unit: "share" }, ...values("idle")),
        ],
        facts: [`${count} agents, which speak the protocol and hold nothing; the processor time of both ends is on one machine`],
      };
    },
  };
}

async function measured(context: Context, count: number): Promise<Measured> {
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
  // One for all of them: each agent has a processor and a memory of its own for it.
  const secureContext = createSecureContext({ ca: readFileSync(join(coordinator.dataDir, "ca.pem"), "utf8"), minVersion: "TLSv1.3" });
  await sleep(SETTLE_MS);
  const before = residentOf(coordinator.pid);
  const url = coordinator.url.replace("http:", "https:");
  const to: Endpoint = { url, secureContext, pid: coordinator.pid };
  const first = await timed(to, () => connectAll(to, keys, undefined));
  await sleep(SETTLE_MS);
  const bytes = (residentOf(coordinator.pid) - before) / count;
  const cpu = usageOf(coordinator.pid).cpuSeconds;
  await sleep(IDLE_MS);
  const idle = (usageOf(coordinator.pid).cpuSeconds - cpu) / (IDLE_MS / 1000);
  const again = await back(to, first.value, () => connectAll(to, keys, []));
  // As before the first time: what that left to be collected, at both ends, is not of this one.
  await sleep(SETTLE_MS);
  const resumed = await back(to, again.value, (sessions) => connectAll(to, keys, sessions));
  for (const { socket } of resumed.value) socket.terminate();
  const times = [first, again, resumed].map(({ s }) => s.toFixed(1));
  context.say(`${(bytes / 1024).toFixed(0)} KiB an agent; connected, back, and back with TLS sessions in ${times.join(", ")} s`);
  const [reconnectCpu, resumedCpu] = [again.cpuSeconds, resumed.cpuSeconds];
  return { bytes, connect: first.s, reconnect: again.s, resumed: resumed.s, reconnectCpu, resumedCpu, idle };
}

interface Endpoint {
  url: string;
  secureContext: SecureContext;
  /** Of the coordinator. */
  pid: number;
}

/** Breaks all connections, and measures until all have others. @param connect Gets the TLS sessions of those that broke. */
function back(
  to: Endpoint,
  before: readonly AgentWire[],
  connect: (sessions: readonly (Buffer | undefined)[]) => Promise<AgentWire[]>,
): ReturnType<typeof timed<AgentWire[]>> {
  for (const { socket } of before) socket.terminate();
  return timed(to, () => connect(before.map(({ session }) => session())));
}

/** @param sessions TLS sessions that are resumed, as far as there are some; undefined: none, and the coordinator asks for the inventories. */
async function connectAll(
  { url, secureContext }: Endpoint,
  keys: ReadonlyMap<string, AgentKey>,
  sessions: readonly (Buffer | undefined)[] | undefined,
): Promise<AgentWire[]> {
  const isFirst = sessions === undefined;
  const all: AgentWire[] = [];
  await each([...keys], async (entry, i) => {
    const { agent, sendInventory } = await connectAs(url, entry, { inventoryDigest: DIGEST }, { secureContext, session: sessions?.[i] });
    if (sessions?.[i] && !agent.isResumed()) throw new Error(`${entry[0]}: its TLS session was not resumed`);
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

async function timed<T>({ pid }: Endpoint, work: () => Promise<T>): Promise<{ value: T; s: number; cpuSeconds: number }> {
  const [begun, before] = [performance.now(), usageOf(pid).cpuSeconds];
  const value = await work();
  return { value, s: (performance.now() - begun) / 1000, cpuSeconds: usageOf(pid).cpuSeconds - before };
}
