import type { ContentPart, ContentQuery, CoordinatorMessage, Held, Order, Outcome } from "@sitewright/protocol";
import type { AgentLinks, ConnectedAgent } from "../src/app/ports/agents.ts";
import type { Core } from "../src/wiring/core.ts";

/** The digest of an empty inventory. */
const IDLE = "0".repeat(64);

export interface TestFleet {
  links: AgentLinks;
  /** What agents were sent; orders separately. */
  sent: { system: string; message: CoordinatorMessage }[];
  /** Agents whose connection the core ended, and why. */
  ended: string[];
  /** Each order once, however often it was sent until the agent had accepted it. */
  orders(task?: string): { system: string; order: Order }[];
  /** How agents answer; undefined: they accept and send nothing more. */
  answer: (order: Order, system: string) => Outcome | undefined;
  /** How agents answer content queries: by default they have nothing. */
  tell: (query: ContentQuery, system: string) => Omit<ContentPart, "kind" | "id">;
  /** What agents report to hold, when asked. */
  holds: Map<string, Held[]>;
  connect(...systems: string[]): Promise<void>;
  disconnect(name: string): Promise<void>;
  report(name: string, order: Pick<Order, "id" | "epoch" | "unit" | "generation">, outcome: Outcome): Promise<void>;
}

/** Agents that carry out orders immediately. */
export function aFleet(core: () => Core): TestFleet {
  const agents = new Map<string, ConnectedAgent>();
  const numbers = new Map<string, number>();
  const results = new Map<string, number>();
  const sent: TestFleet["sent"] = [];
  let connections = 0;

  async function work(name: string, order: Order): Promise<void> {
    await core().agentEvents.accepted(name, order.id, order.epoch);
    const outcome = self.answer(order, name);
    if (outcome && agents.has(name)) await self.report(name, order, outcome);
  }

  /** As agents do after an endpoint that could not store their message has closed their connection: they reconnect and send it again. */
  async function persist(name: string, order: Order, attempts = 50): Promise<void> {
    try {
      await work(name, order);
    } catch {
      if (attempts > 0 && agents.has(name)) setTimeout(() => void persist(name, order, attempts - 1), 100);
    }
  }

  const self: TestFleet = {
    sent,
    ended: [],
    orders(task) {
      const once = new Map<string, { system: string; order: Order }>();
      for (const { system: of, message } of sent) {
        if (message.kind !== "order" || (task && message.task.kind !== task)) continue;
        const key = `${of} ${message.id} ${message.epoch}`;
        if (!once.has(key)) once.set(key, { system: of, order: message });
      }
      return [...once.values()];
    },
    answer: success,
    tell: () => ({ last: true }),
    holds: new Map(),
    links: {
      connected: () => [...agents.values()],
      agent: (name) => agents.get(name),
      isConnected: (name) => agents.has(name),
      async send(name, message) {
        if (!agents.has(name)) return false;
        sent.push({ system: name, message });
        if (message.kind === "content-query") {
          const part: ContentPart = { kind: "content-part", id: message.id, ...self.tell(message, name) };
          setImmediate(() => core().agentEvents.contentPart(name, part));
        }
        if (message.kind === "order") setImmediate(() => void persist(name, message));
        return true;
      },
      async end(name, why) {
        if (!agents.delete(name)) return;
        self.ended.push(`${name}: ${why}`);
        await core().agentEvents.disconnected(name);
      },
    },
    async connect(...names) {
      for (const name of names) {
        const agent: ConnectedAgent = {
          system: name,
          roles: ["dp"],
          platform: "linux",
          version: "0",
          since: ++connections,
          answersQueries: true,
        };
        const hello = { inventoryDigest: IDLE, lastResult: numbers.get(name) ?? 0 };
        const { sendInventory } = await core().agentEvents.connected(agent, hello);
        agents.set(name, agent);
        if (sendInventory) await core().agentEvents.inventory(name, { digest: IDLE, units: self.holds.get(name) ?? [], seenAt: 0 });
      }
    },
    async disconnect(name) {
      agents.delete(name);
      await core().agentEvents.disconnected(name);
    },
    async report(name, { id, epoch, unit, generation }, outcome) {
      // As agents do: an order that was done before is answered with the stored result.
      const key = `${name} ${id} ${epoch}`;
      const number = results.get(key) ?? (numbers.get(name) ?? 0) + 1;
      results.set(key, number);
      numbers.set(name, Math.max(number, numbers.get(name) ?? 0));
      await core().agentEvents.result(name, { kind: "result", number, orderId: id, epoch, unit, generation, outcome });
    },
  };
  return self;
}

export function success({ task }: Order): Outcome {
  if (task.kind === "stage") return { kind: "staged", files: 2, reusedBytes: 40, fetchedBytes: 60, retriedBytes: 0 };
  if (task.kind === "estimate") return { kind: "estimated", files: 2, sourceBytes: 100, presentBytes: 40, indexAgeMs: 0 };
  return { kind: "activated", folders: 1, previous: true };
}

export function failure(code: "IO_ERROR" | "STAGING_DAMAGED" | "CANCELLED", retryable: boolean): Outcome {
  return { kind: "failed", code, message: "", retryable };
}
