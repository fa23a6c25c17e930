import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { SitewrightError, unitKey, type CoordinatorMessage, type Order, type Outcome } from "@sitewright/protocol";
import { bullmqQueue } from "../adapters/bullmq-queue.ts";
import { redisLedger } from "../adapters/redis/ledger.ts";
import { openRedis, type RedisHandle } from "../adapters/redis/open-redis.ts";
import { redisRegistry } from "../adapters/redis/registry.ts";
import { serverFolders } from "../adapters/redis/server-folders.ts";
import type { Hierarchy, System } from "../domain/hierarchy.ts";
import type { RunState } from "../domain/run.ts";
import { startCore, type Core } from "./core.ts";
import type { LiveEvent } from "./live-view.ts";
import type { Log } from "./log.ts";
import type { AgentLinks, ConnectedAgent, ContentIndex, SiteData } from "./ports.ts";

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const timings = { resendMs: 100, awayMs: 150, cancelMs: 200, tickMs: 30 };
const IDLE = "0".repeat(64);

let redis: RedisHandle;
let dataDir: string;
let core: Core;
let fleet: Fleet;
/** Unit keys whose source cannot be indexed. */
let broken: Set<string>;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "sw-core-"));
  redis = await openRedis({ dataDir, log });
});
afterAll(async () => {
  await redis.close();
  rmSync(dirname(serverFolders(dataDir).socket), { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  await redis.client.flushall();
  broken = new Set();
  fleet = aFleet();
  core = await newCore();
});
afterEach(() => core.stop());

function system(name: string, site: string, roles: System["roles"]): [string, System] {
  return [name, { name, site, roles }];
}

const hierarchy: Hierarchy = {
  sites: new Map(),
  systems: new Map([system("A1", "ABC", ["cap", "dp"]), system("S1", "SEC", ["dp"]), system("S2", "SEC", ["dp"])]),
  addresses: new Map([["SEC", { key: "SEC", rateLimit: [], schedule: [], concurrency: 3, timeZone: "UTC" }]]),
};

const siteData: SiteData = {
  read: async () => ({
    hierarchy,
    units: [
      { role: "cap" as const, name: "CAP_ABC" },
      { role: "dp" as const, name: "ABC00001" },
    ].map((unit) => ({ unit, owned: [], priority: "medium" as const })),
    servedBy: new Map([
      ["cap/CAP_ABC", ["A1"]],
      ["dp/ABC00001", ["A1", "S1", "S2"]],
    ]),
    problems: [],
  }),
};

const index: ContentIndex = {
  async index({ unit }) {
    if (broken.has(unitKey(unit))) throw new SitewrightError("SOURCE_LINK", "a link leaves the unit", { path: "x" });
    return { unit, manifest: `manifest of ${unit.name}`, manifestBytes: 10, files: 2, sourceBytes: 100, packedBytes: 60, sourceVersion: 1 };
  },
  manifestBytes: async () => undefined,
  openChunks: async () => undefined,
};

async function newCore(): Promise<Core> {
  const started = await startCore({
    ledger: redisLedger(redis.client),
    registry: redisRegistry(redis.client),
    queue: bullmqQueue({ place: redis.place, slots: 8, log }),
    siteData,
    index,
    logs: { find: () => [] },
    clock: Date.now,
    log,
    caHash: "ca",
    coordinatorId: "test",
    version: "0",
    timings,
  });
  started.useLinks(fleet.links);
  return started;
}

interface Fleet {
  links: AgentLinks;
  /** What agents were sent, orders by themselves. */
  sent: { system: string; message: CoordinatorMessage }[];
  orders(task?: string): { system: string; order: Order }[];
  /** How agents answer; undefined: they accept and say nothing more. */
  answer: (order: Order, system: string) => Outcome | undefined;
  connect(...systems: string[]): Promise<void>;
  disconnect(name: string): Promise<void>;
  report(name: string, order: Pick<Order, "id" | "epoch" | "unit" | "generation">, outcome: Outcome): Promise<void>;
}

/** Agents that do at once what they are told. */
function aFleet(): Fleet {
  const agents = new Map<string, ConnectedAgent>();
  const numbers = new Map<string, number>();
  const sent: Fleet["sent"] = [];
  let connections = 0;

  async function work(name: string, order: Order): Promise<void> {
    await core.agentEvents.accepted(name, order.id, order.epoch);
    const outcome = self.answer(order, name);
    if (outcome && agents.has(name)) await self.report(name, order, outcome);
  }

  const self: Fleet = {
    sent,
    orders: (task) =>
      sent.flatMap(({ system: of, message }) =>
        message.kind === "order" && (!task || message.task.kind === task) ? [{ system: of, order: message }] : [],
      ),
    answer: success,
    links: {
      connected: () => [...agents.values()],
      isConnected: (name) => agents.has(name),
      async send(name, message) {
        if (!agents.has(name)) return false;
        sent.push({ system: name, message });
        if (message.kind === "order") setImmediate(() => void work(name, message));
        return true;
      },
    },
    async connect(...names) {
      for (const name of names) {
        const agent: ConnectedAgent = { system: name, roles: ["dp"], platform: "linux", version: "0", since: ++connections };
        await core.agentEvents.connected(agent, { inventoryDigest: IDLE, lastResult: numbers.get(name) ?? 0 });
        agents.set(name, agent);
      }
    },
    async disconnect(name) {
      agents.delete(name);
      await core.agentEvents.disconnected(name);
    },
    async report(name, { id, epoch, unit, generation }, outcome) {
      const number = (numbers.get(name) ?? 0) + 1;
      numbers.set(name, number);
      await core.agentEvents.result(name, { kind: "result", number, orderId: id, epoch, unit, generation, outcome });
    },
  };
  return self;
}

function success({ task }: Order): Outcome {
  if (task.kind === "stage") return { kind: "staged", files: 2, reusedBytes: 40, fetchedBytes: 60, retriedBytes: 0 };
  if (task.kind === "estimate") return { kind: "estimated", files: 2, sourceBytes: 100, presentBytes: 40, indexAgeMs: 0 };
  return { kind: "activated", folders: 1, previous: true };
}

function failure(code: "IO_ERROR" | "STAGING_DAMAGED" | "CANCELLED", retryable: boolean): Outcome {
  return { kind: "failed", code, message: "", retryable };
}

async function reaches(run: string, state: RunState, ms = 8_000): Promise<void> {
  await expect
    .poll(async () => (await core.operations.run(run)).run.endedAt !== undefined && (await core.operations.run(run)).run.state, {
      timeout: ms,
      interval: 20,
    })
    .toBe(state);
}

test("a rebuild of everything stages and activates each unit, one system of a site at a time, and ends well", async () => {
  const events: LiveEvent[] = [];
  core.liveView.subscribe((event) => void events.push(event));
  await fleet.connect("A1", "S1", "S2");
  const activating = new Set<string>();
  let worst = 0;
  fleet.answer = (order, name) => {
    if (order.task.kind !== "activate" || name === "A1") return success(order);
    activating.add(name);
    worst = Math.max(worst, activating.size);
    setTimeout(() => {
      activating.delete(name);
      void fleet.report(name, order, success(order));
    }, 60);
    return undefined;
  };
  const run = await core.operations.start("rebuild", {});
  expect(run.state).toBe("preparing");
  await reaches(run.id, "done");
  const view = await core.operations.run(run.id);
  expect(view.totals).toMatchObject({
    phases: 8,
    done: 8,
    units: 4,
    sourceBytes: 400,
    reusedBytes: 160,
    fetchedBytes: 240,
    unreachable: [],
  });
  expect(worst).toBe(1);
  expect(fleet.orders()[0]?.order.unit.name).toBe("CAP_ABC");
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, place) => (events[0]?.sequence ?? 0) + place));
  expect(events.some((event) => event.type === "run" && event.indexing?.unit === "dp/ABC00001")).toBe(true);
  const { systems } = await core.operations.overview();
  expect(systems.find(({ name }) => name === "S1")).toMatchObject({
    connected: true,
    assigned: ["dp/ABC00001"],
    held: [{ live: { manifest: "manifest of ABC00001" }, previous: true }],
  });
  expect(await redisRegistry(redis.client).acked("S1")).toBe(2);
  expect(fleet.sent.findLast(({ system: of }) => of === "S1")?.message).toEqual({ kind: "ack", upTo: 2 });
});

test("an agent that is away holds up nobody, and gets its orders when it comes", async () => {
  await fleet.connect("A1", "S1");
  const run = await core.operations.start("rebuild", {});
  await expect
    .poll(async () => (await core.operations.run(run.id)).totals, { timeout: 5_000 })
    .toMatchObject({ done: 6, waiting: 2, unreachable: ["S2"] });
  await fleet.connect("S2");
  await reaches(run.id, "done");
});

test("an agent that goes away in the middle gets the same order again when it is back", async () => {
  await fleet.connect("S1");
  fleet.answer = () => undefined;
  const run = await core.operations.start("rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await core.operations.run(run.id)).totals.running).toBe(1);
  await fleet.disconnect("S1");
  await expect
    .poll(async () => (await core.operations.run(run.id)).phases[0])
    .toMatchObject({ state: "waiting", waitingFor: "agent-offline" });
  const [first] = fleet.orders();
  expect(await core.contentRights.orderFor("S1", first?.order.id ?? "", "manifest of ABC00001")).toBeDefined();
  fleet.answer = success;
  await fleet.connect("S1");
  await reaches(run.id, "done");
  const ids = new Set(fleet.orders("stage").map(({ order }) => `${order.id} ${order.epoch}`));
  expect([...ids]).toEqual([`${first?.order.id} 1`]);
});

test("a plan does not wait for an agent that is away: it says so at once", async () => {
  await fleet.connect("A1", "S1");
  const run = await core.operations.start("plan", { roles: ["dp"] });
  await reaches(run.id, "failed");
  const { phases, totals } = await core.operations.run(run.id);
  expect(totals).toMatchObject({ done: 2, failed: 1, unreachable: ["S2"] });
  expect(phases.find((phase) => phase.system === "S2")?.outcome).toMatchObject({ code: "AGENT_UNREACHABLE" });
});

test("a failure that may pass is tried again with a higher epoch", async () => {
  await fleet.connect("S1");
  fleet.answer = (order) => (order.task.kind === "stage" && order.epoch === 1 ? failure("IO_ERROR", true) : success(order));
  const run = await core.operations.start("rebuild", { systems: ["S1"] });
  await reaches(run.id, "done");
  expect(fleet.orders("stage").map(({ order }) => order.epoch)).toEqual([1, 2]);
});

test("an activation that finds its staging damaged is staged again and then activated", async () => {
  await fleet.connect("S1");
  fleet.answer = (order) => (order.task.kind === "activate" && order.epoch === 1 ? failure("STAGING_DAMAGED", true) : success(order));
  const run = await core.operations.start("rebuild", { systems: ["S1"] });
  await reaches(run.id, "done");
  expect(fleet.orders().map(({ order }) => `${order.task.kind} ${order.epoch}`)).toEqual([
    "stage 1",
    "activate 1",
    "stage 2",
    "activate 2",
  ]);
});

test("a unit that fails to stage is not activated, and one whose source is unusable fails alone", async () => {
  broken.add("cap/CAP_ABC");
  await fleet.connect("A1", "S1", "S2");
  fleet.answer = (order, name) => (name === "S2" && order.task.kind === "stage" ? failure("IO_ERROR", false) : success(order));
  const run = await core.operations.start("rebuild", {});
  await reaches(run.id, "failed");
  const view = await core.operations.run(run.id);
  expect(view.totals).toMatchObject({ done: 4, failed: 2, skipped: 2 });
  expect(view.run.problems).toMatchObject([{ unit: "cap/CAP_ABC", code: "SOURCE_LINK", leftOut: true, path: "x" }]);
});

test("a cancel tells the agents at work and ends by force what they do not confirm; a late result revives nothing", async () => {
  await fleet.connect("S1", "S2");
  fleet.answer = () => undefined;
  const run = await core.operations.start("rebuild", {});
  await expect.poll(async () => (await core.operations.run(run.id)).totals.running).toBe(2);
  await core.operations.cancel(run.id);
  const cancels = fleet.sent.filter(({ message }) => message.kind === "cancel").map(({ system: of }) => of);
  expect(cancels.sort()).toEqual(["S1", "S2"]);
  const confirming = fleet.orders().find(({ system: of }) => of === "S1");
  const silent = fleet.orders().find(({ system: of }) => of === "S2");
  if (!confirming || !silent) throw new Error("both systems were ordered to stage");
  await fleet.report("S1", confirming.order, failure("CANCELLED", false));
  await reaches(run.id, "cancelled");
  expect((await core.operations.run(run.id)).totals).toMatchObject({ cancelled: 8, running: 0 });
  await fleet.report("S2", silent.order, success(silent.order));
  expect((await core.operations.run(run.id)).phases.find(({ id }) => id === silent.order.id)).toMatchObject({
    state: "cancelled",
    outcome: { kind: "staged" },
  });
  await expect(core.operations.cancel(run.id)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a paused run releases nothing more until it is resumed", async () => {
  await fleet.connect("S1");
  fleet.answer = () => undefined;
  const run = await core.operations.start("rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await core.operations.run(run.id)).totals.running).toBe(1);
  await core.operations.pause(run.id);
  const [stage] = fleet.orders();
  if (!stage) throw new Error("the system was ordered to stage");
  await fleet.report("S1", stage.order, success(stage.order));
  await expect.poll(async () => (await core.operations.run(run.id)).phases[1]?.waitingFor).toBe("paused");
  await expect(core.operations.pause(run.id)).rejects.toMatchObject({ code: "CONFLICT" });
  fleet.answer = success;
  await core.operations.resume(run.id);
  await reaches(run.id, "done");
});

test("a coordinator that starts again takes up its runs, and the agent's stored result counts", async () => {
  await fleet.connect("S1");
  fleet.answer = () => undefined;
  const run = await core.operations.start("rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await core.operations.run(run.id)).totals.running).toBe(1);
  await core.stop();
  await fleet.disconnect("S1");
  core = await newCore();
  fleet.answer = success;
  await fleet.connect("S1");
  await reaches(run.id, "done");
  expect(new Set(fleet.orders("stage").map(({ order }) => `${order.id} ${order.epoch}`)).size).toBe(1);
});

test("a run that was still being prepared, or just had been, is started by the next coordinator", async () => {
  await fleet.connect("S1");
  fleet.answer = () => undefined;
  const planned = await core.operations.start("rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await core.operations.run(planned.id)).totals.running).toBe(1);
  await core.stop();
  const ledger = redisLedger(redis.client);
  await ledger.saveRun({ ...planned, state: "preparing" });
  await ledger.createRun({ ...planned, id: "fresh", options: { ...planned.options, systems: ["A1"] }, state: "preparing" });
  fleet.answer = success;
  core = await newCore();
  await fleet.connect("S1", "A1");
  await reaches(planned.id, "done");
  await reaches("fresh", "done");
  expect((await core.operations.run(planned.id)).totals.phases).toBe(2);
  expect((await core.operations.run("fresh")).totals.phases).toBe(4);
});

test("a newer rebuild takes the place of an older one that still waits, with a higher generation", async () => {
  const older = await core.operations.start("rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await core.operations.run(older.id)).phases.length).toBe(2);
  const newer = await core.operations.start("rebuild", { systems: ["S1"] });
  await reaches(older.id, "failed");
  expect((await core.operations.run(older.id)).totals.cancelled).toBe(2);
  await fleet.connect("S1");
  await reaches(newer.id, "done");
  const [before] = (await core.operations.run(older.id)).phases;
  const [after] = (await core.operations.run(newer.id)).phases;
  expect(after?.generation.counter).toBeGreaterThan(before?.generation.counter ?? Infinity);
});

test("after Redis was killed the run goes on, and agents are asked again for what was lost", async () => {
  await fleet.connect("S1", "S2");
  fleet.answer = (order, name) => (name === "S2" ? undefined : success(order));
  redis.onBack(() => void core.redisBack());
  const run = await core.operations.start("rebuild", { systems: ["S1", "S2"] });
  await expect.poll(async () => (await core.operations.run(run.id)).totals.done).toBe(2);
  await redisRegistry(redis.client).setAcked("S1", 1);
  fleet.sent.length = 0;
  fleet.answer = success;
  process.kill(Number(readFileSync(serverFolders(dataDir).pidFile, "utf8")), "SIGKILL");
  await expect
    .poll(() => fleet.sent.filter(({ message }) => message.kind === "ack").map(({ message }) => message), { timeout: 8_000 })
    .toContainEqual({ kind: "ack", upTo: 1 });
  const open = (await core.operations.run(run.id)).phases.find(({ state }) => state === "running");
  if (open) await fleet.report("S2", open, { kind: "staged", files: 2, reusedBytes: 0, fetchedBytes: 100, retriedBytes: 0 });
  await reaches(run.id, "done");
});

test("a result of an order that nobody knows any more is acknowledged; a repeated one changes nothing", async () => {
  await fleet.connect("S1");
  const unknown = { id: "lost", epoch: 1, unit: { role: "dp", name: "ABC00001" }, generation: { epoch: 1, counter: 1 } } as const;
  await fleet.report("S1", unknown, failure("IO_ERROR", true));
  expect(fleet.sent.at(-1)?.message).toEqual({ kind: "ack", upTo: 1 });
  const run = await core.operations.start("rebuild", { systems: ["S1"] });
  await reaches(run.id, "done");
  const [stage] = fleet.orders("stage");
  if (!stage) throw new Error("the system was ordered to stage");
  await fleet.report("S1", stage.order, failure("IO_ERROR", true));
  expect((await core.operations.run(run.id)).totals).toMatchObject({ done: 2, failed: 0 });
});

test("what cannot be done is refused before a run is made", async () => {
  await expect(core.operations.start("rebuild", { systems: ["NOPE"] })).rejects.toMatchObject({ code: "BAD_REQUEST" });
  await expect(core.operations.run("nope")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(core.operations.createJoinToken("NOPE")).rejects.toMatchObject({ code: "SYSTEM_UNKNOWN" });
  expect((await core.operations.createJoinToken("S1")).token).toMatch(/^[\w-]{43}\.ca$/);
  expect(await core.operations.runs(10)).toEqual([]);
});
