import { setTimeout as sleep } from "node:timers/promises";
import { type Hello, type Order, type Outcome } from "@sitewright/protocol";
import { dial, helloTo, makeAgentKey, type AgentKey, type AgentWire, type DialOptions } from "@sitewright/testkit/agent-wire";
import { joinRaw } from "../links/raw-agent.ts";
import { startCoordinator, type CoordinatorOptions } from "../ours/coordinator.ts";
import { createApi } from "../ours/orders.ts";

/** Joins from one local address: fewer than a coordinator permits in a minute. */
const JOINS = 50;
/** Agents that do something at a time: more would wait for this process, not for the coordinator. */
const AT_ONCE = 50;

/** Names of systems. */
export function systemNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `SYS${String(i).padStart(5, "0")}`);
}

/** Has all systems join a coordinator, which then stops: another process has not the memory that this took. @returns Their keys. */
export async function joinedTo(place: CoordinatorOptions, systems: readonly string[]): Promise<Map<string, AgentKey>> {
  await using coordinator = await startCoordinator(place);
  const api = createApi(coordinator.url, coordinator.dataDir);
  const keys = new Map<string, AgentKey>();
  await each(systems, async (system, i) => {
    const key = makeAgentKey();
    const { token: joinToken } = await api.ask<{ token: string }>("/api/v1/join-tokens", { system });
    await joinRaw({ url: coordinator.url, system, joinToken, from: `127.0.0.${2 + Math.floor(i / JOINS)}` }, key.publicKey);
    keys.set(system, key);
  });
  return keys;
}

/** Connects an agent, up to the welcome. @returns Whether its inventory is asked for. */
export async function connectAs(
  url: string,
  [system, { privateKey }]: readonly [string, AgentKey],
  hello: Partial<Hello> = {},
  how: DialOptions = {},
): Promise<{ agent: AgentWire; sendInventory: boolean }> {
  const agent = dial(url, system, how);
  agent.say(helloTo(await agent.challenge(), system, privateKey, hello));
  const welcome = await agent.next();
  if (welcome.kind !== "welcome") throw new Error(`${system} was answered with ${welcome.kind}`);
  return { agent, sendInventory: welcome.sendInventory };
}

/** An agent that carries orders out by saying so. */
export interface Obeying {
  system: string;
  /** Sends the result of an order. */
  finish(order: Order): void;
  progress(order: Order, files: number): void;
  close(): void;
}

const RIGHT: Outcome = {
  kind: "verified",
  right: true,
  absent: false,
  stale: false,
  files: 1,
  bytes: 1,
  deviations: [],
  deviationCount: 0,
  counts: { missing: 0, extra: 0, damaged: 0, rights: 0 },
};

/** Connects agents that accept every verification. @param ordered Called with each order that came. */
export async function connectObeying(
  url: string,
  keys: ReadonlyMap<string, AgentKey>,
  ordered: (order: Order, agent: Obeying) => void,
): Promise<Obeying[]> {
  const all: Obeying[] = [];
  await each([...keys], async (entry) => {
    const { agent, sendInventory } = await connectAs(url, entry);
    if (sendInventory) agent.say({ kind: "inventory", digest: "0".repeat(64), units: [], last: true });
    let results = 0;
    const obeying = {
      system: entry[0],
      finish: ({ id, epoch, unit, generation }: Order): void =>
        agent.say({ kind: "result", number: ++results, orderId: id, epoch, unit, generation, outcome: RIGHT }),
      progress: ({ id }: Order, files: number): void =>
        agent.say({ kind: "progress", orderId: id, step: "checking", files, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 }),
      close: (): void => agent.socket.terminate(),
    };
    void follow(agent, (order) => {
      agent.say({ kind: "accepted", orderId: order.id, epoch: order.epoch });
      ordered(order, obeying);
    });
    all.push(obeying);
  });
  return all;
}

async function follow(agent: AgentWire, ordered: (order: Order) => void): Promise<void> {
  try {
    for (;;) {
      const message = await agent.next();
      if (message.kind === "order") ordered(message);
    }
  } catch {
    // The connection has ended.
  }
}

/** Does something with each, some of them at a time. */
export async function each<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) await work(items[i] as T, i);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** The value below which a share of all is. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, timeoutMs = 300_000): Promise<void> {
  const giveUp = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > giveUp) throw new Error(`${what} did not happen within ${timeoutMs / 1000} s`);
    await sleep(20);
  }
}
