import { afterEach, beforeEach, expect } from "vitest";
import {
  SitewrightError,
  unitKey,
  type ContentPart,
  type ContentQuery,
  type CoordinatorMessage,
  type Held,
  type Order,
  type Outcome,
  type RunState,
} from "@sitewright/protocol";
import { bullmqQueue } from "../src/adapters/bullmq-queue.ts";
import { nativeObjectStore } from "../src/adapters/site-objects/object-files.ts";
import { redisAddresses } from "../src/adapters/redis/addresses.ts";
import { redisLedgerCopy } from "../src/adapters/redis/ledger-copy.ts";
import { loadKnowledge } from "@sitewright/expert/load";
import { memoryLines, startLedger } from "./memory-ledger.ts";
import { redisForecasts } from "../src/adapters/redis/forecasts.ts";
import { redisRunStore } from "../src/adapters/redis/run-store.ts";
import { redisRegistry } from "../src/adapters/redis/registry.ts";
import { startCore, type Core } from "../src/wiring/core.ts";
import type { CoreDeps } from "../src/wiring/state.ts";
import type { Ledger } from "../src/app/ledger/ledger.ts";
import type { LedgerEntry } from "../src/domain/ledger/entry.ts";
import type { SiteRecords } from "../src/app/recovery/serial-repair.ts";
import type { AgentLinks, ConnectedAgent, ContentIndex, JobQueue, LogSource, SiteData, SourceMemory } from "../src/app/ports.ts";
import type { Hierarchy, Site, System } from "../src/domain/sites/hierarchy.ts";
import { anAddress } from "./fakes.ts";
import { silent, useRedis, type RedisFixture } from "./redis/redis-fixture.ts";

const timings = {
  resendMs: 100,
  awayMs: 150,
  cancelMs: 200,
  tickMs: 30,
  lostMs: 300,
  saveMs: 50,
  siteDataMs: 50,
  hourMs: 50,
  forecastMs: 50,
  logMs: 200,
  queryMs: 1_000,
};
const IDLE = "0".repeat(64);

export interface CoreFixture extends RedisFixture {
  readonly core: Core;
  readonly fleet: TestFleet;
  /** Unit keys whose source cannot be indexed. */
  readonly broken: Set<string>;
  /** The queue loses the next jobs it is given. */
  loseJobs(count: number): void;
  /** The core's clock, ms since 1970. */
  now(): number;
  /** What the ledger has, oldest first. */
  ledger(): Promise<LedgerEntry[]>;
  /** Lets time pass for the core. */
  pass(ms: number): void;
  /** Sets the clock of the core's machine back or ahead. */
  setClock(ms: number): void;
  /** Edits the hierarchy: keeps all of its systems but these. */
  takeOut(...systems: string[]): void;
  /** Edits the hierarchy: the site states this number for its packages. */
  stateNumber(site: string, number: number): void;
  /** Another core on the same Redis, replacing one that was stopped. */
  restart(): Promise<void>;
  /** Waits until agents have accepted this many running orders of a run. */
  accepted(run: string, count: number): Promise<void>;
  /** Waits until a run ended in this state. */
  reaches(run: string, state: RunState): Promise<void>;
}

/**
 * A core on a real Redis, with agents that carry out orders immediately; new for each test of a file.
 * @param sources Real site data instead of the fake ones.
 */
export function useCore(
  sources: () => Partial<
    Pick<
      CoreDeps,
      | "siteData"
      | "siteObjects"
      | "siteRecords"
      | "startCounters"
      | "objectStore"
      | "siteReferences"
      | "undoPoints"
      | "sourceMemory"
      | "index"
    >
  > = () => ({}),
): CoreFixture {
  const store = useRedis();
  let core: Core;
  let ledger: Ledger;
  let fleet: TestFleet;
  let broken: Set<string>;
  let toLose = 0;
  /** ms by which the core's time is ahead. */
  let ahead = 0;
  /** ms by which its machine's clock is, beside that. */
  let set = 0;
  beforeEach(async () => {
    broken = new Set();
    takenOut = [];
    stated.clear();
    ahead = set = 0;
    fleet = aFleet(() => core);
    core = await newCore();
  });
  afterEach(() => core.stop());

  async function newCore(): Promise<Core> {
    const { redis } = store;
    const queue = bullmqQueue({ place: redis.place, slots: 8, log: silent });
    const add: JobQueue["add"] = async (phase) => {
      if (toLose > 0) toLose -= 1;
      else await queue.add(phase);
    };
    ledger = await startLedger(memoryLines(), redisLedgerCopy(redis.client));
    const started = await startCore({
      ledger,
      runStore: redisRunStore(redis.client),
      registry: redisRegistry(redis.client),
      addresses: redisAddresses(redis.client),
      forecasts: redisForecasts(redis.client),
      queue: { ...queue, add },
      siteRecords: noRecords,
      startCounters: { read: async () => undefined, write: async () => false },
      siteReferences: { find: async () => [], replace: async () => true },
      undoPoints: { load: async () => new Map(), save: async () => {} },
      loadKnowledge,
      objectStore: nativeObjectStore(),
      siteObjects: { of: async () => [], bytes: async () => 0 },
      siteData,
      sourceMemory: forgetful,
      index: indexExcept(broken),
      ...sources(),
      logs: returnedLogs(),
      links: fleet.links,
      clock: () => Date.now() + ahead + set,
      steady: () => Date.now() + ahead,
      log: silent,
      caHash: "ca",
      coordinatorId: "test",
      version: "0",
      timings,
    });
    return started;
  }

  return {
    get redis() {
      return store.redis;
    },
    killServer: store.killServer,
    get core() {
      return core;
    },
    get fleet() {
      return fleet;
    },
    get broken() {
      return broken;
    },
    now: () => Date.now() + ahead + set,
    ledger: () => Array.fromAsync(ledger.entries()),
    takeOut: (...systems) => void (takenOut = systems),
    stateNumber: (site, number) => void stated.set(site, number),
    pass: (ms) => void (ahead += ms),
    setClock: (ms) => void (set += ms),
    loseJobs: (count) => void (toLose = count),
    async restart() {
      core = await newCore();
    },
    async accepted(id, count) {
      const running = async (): Promise<number> =>
        (await core.operations.run(id)).phases.filter((phase) => phase.state === "running").length;
      await expect.poll(running, { interval: 20 }).toBe(count);
    },
    async reaches(id, state) {
      const ended = async (): Promise<RunState | undefined> => {
        const { run } = await core.operations.run(id);
        return run.endedAt === undefined ? undefined : run.state;
      };
      await expect.poll(ended, { interval: 20 }).toBe(state);
    },
  };
}

function system(name: string, site: string, roles: System["roles"]): [string, System] {
  return [name, { name, site, roles }];
}

function site(code: string, type: Site["type"]): [string, Site] {
  return [code, { code, name: "", type, server: "", timeZone: "UTC", logonSenior: true }];
}

function withNumber(of: Site): Site {
  const packages = stated.get(of.code);
  return packages === undefined ? of : { ...of, numbers: { epoch: 1, serials: { packages } } };
}

const hierarchy: Hierarchy = {
  sites: new Map([site("ABC", "primary"), site("SEC", "secondary")]),
  systems: new Map([system("A1", "ABC", ["cap", "dp"]), system("S1", "SEC", ["dp"]), system("S2", "SEC", ["dp"])]),
  addresses: new Map([["SEC", anAddress("SEC")]]),
};

/** No witnesses. */
const noRecords: SiteRecords = { witnessed: async () => [], write: async () => {} };

/** These tests have no site data that could vanish. */
const forgetful: SourceMemory = { all: () => new Map(), keep: () => {} };

/** Systems that were removed from the hierarchy. */
let takenOut: readonly string[] = [];
/** Numbers of packages, by site. */
const stated = new Map<string, number>();

const siteData: SiteData = {
  revision: async () => `${takenOut.join()} ${[...stated].join()}`,
  root: async () => "/site-data",
  look: async () => new Map(),
  describe: ({ name }) => ({ place: `packages/${name}`, file: `packages/${name}/package.yaml` }),
  read: async () => ({
    root: "/site-data",
    hierarchy: {
      ...hierarchy,
      sites: new Map([...hierarchy.sites].map(([code, of]) => [code, withNumber(of)])),
      systems: new Map([...hierarchy.systems].filter(([name]) => !takenOut.includes(name))),
    },
    units: [{ unit: { role: "cap" as const, name: "CAP_ABC" } }, { unit: { role: "dp" as const, name: "ABC00001" }, sourceVersion: 1 }].map(
      (of) => ({ ...of, owned: [], places: [], statedIn: "packages.list", priority: "medium" as const }),
    ),
    servedBy: new Map([
      ["cap/CAP_ABC", ["A1"]],
      ["dp/ABC00001", ["A1", "S1", "S2"]],
    ]),
    described: new Set(["dp/ABC00001"]),
    sitePlaces: new Map(),
    counts: new Map(),
    problems: [],
  }),
};

function indexExcept(broken: ReadonlySet<string>): ContentIndex {
  return {
    async index({ unit }) {
      if (broken.has(unitKey(unit))) throw new SitewrightError("SOURCE_LINK", "a link leaves the unit", { path: "x" });
      return {
        unit,
        manifest: `manifest of ${unit.name}`,
        manifestBytes: 10,
        files: 2,
        sourceBytes: 100,
        packedBytes: 60,
        sourceVersion: 1,
      };
    },
    openManifest: async () => undefined,
    openChunks: async () => undefined,
  };
}

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
function aFleet(core: () => Core): TestFleet {
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

/** Keeps what receipts bring, and nothing else. */
function returnedLogs(): LogSource {
  const returned = new Map<string, string[]>();
  return {
    find: () => [],
    keepReturned: (system, lines) => void returned.set(system, [...lines]),
    returned: (system) => returned.get(system) ?? [],
  };
}
