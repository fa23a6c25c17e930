import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue, Worker, type Job } from "bullmq";
import type { Order } from "@sitewright/protocol";
import type { Case, Context } from "../case.ts";
import { kill, start, usageOf } from "../machine/processes.ts";
import { alternate, compare, oursAtMost, ratioAtLeast } from "../measure.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { createApi, type Api } from "../ours/orders.ts";
import { addPackage, writeHierarchy } from "../ours/site.ts";
import { connectObeying, joinedTo, percentile, systemNames, until, type Obeying } from "./swarm.ts";

const SYSTEMS = 200;
/** Verifications of each system, one after another as fast as they go. */
const PACKAGES = 30;
/** Progress messages of a running order in a second. */
const PROGRESS = 10;
/** Time that an order takes while the latency is measured, ms: so 100 orders begin in a second. */
const TAKES_MS = 2_000;
/** For so long the latency is measured, ms. */
const MEASURE_MS = 20_000;
const GOAL_RATIO = 0.5;
const GOAL_P99_S = 0.25;
/** Released at once by the coordinator. */
const AT_ONCE = 256;

interface Dispatched {
  /** Orders in a second. */
  rate: number;
  /** s of the processor for an order, in the process that dispatches. */
  cpu: number;
  /** From the moment at which an order can go to that at which it is there, s. */
  p50: number;
  p99: number;
}

export const dispatch: Case = {
  name: "dispatch",
  about: `${SYSTEMS} agents over TLS verify ${PACKAGES} packages each, as fast as orders come, with one progress message each; then, while ${SYSTEMS} orders run and send ${PROGRESS} progress messages a second each, the time from a result to the next order of that system. Peer: BullMQ alone, whose jobs report progress alike and do nothing`,
  goal: `>= ${GOAL_RATIO} of the orders of BullMQ, p99 <= ${GOAL_P99_S * 1000} ms`,
  async run(context) {
    const ours = await startOurs(context);
    const peer = await startPeer(context);
    const took = await alternate(context, { ours: () => measured(context, ours), peer: () => measured(context, peer) }, describe);
    const of = (what: keyof Dispatched) => [took.ours.map((one) => one[what]), took.peer.map((one) => one[what])] as const;
    return {
      measures: [
        compare({ what: "orders in a second", unit: "index" }, ...of("rate"), ratioAtLeast(GOAL_RATIO)),
        compare({ what: "processor time of an order", unit: "s" }, ...of("cpu")),
        compare({ what: "until an order is there, p50", unit: "s" }, ...of("p50")),
        compare({ what: "until an order is there, p99", unit: "s" }, ...of("p99"), oursAtMost(GOAL_P99_S)),
      ],
      facts: ["processor time is that of the coordinator, and of the process that adds and processes the jobs"],
    };
  },
};

function describe({ rate, p50, p99 }: Dispatched): string {
  return `${rate.toFixed(0)} orders/s, p50 ${(p50 * 1000).toFixed(0)} ms, p99 ${(p99 * 1000).toFixed(0)} ms`;
}

/** Something that gives orders to systems. */
interface Dispatcher {
  /** Gives all orders, each of which ends at once. @returns Seconds from the first to the last, and how many these were. */
  all(): Promise<{ seconds: number; count: number }>;
  /** Has orders run for a while. @returns From each moment at which an order could go until it was there, ms. */
  latencies(ms: number): Promise<number[]>;
  /** s of the processor so far. */
  cpuSeconds(): number;
}

async function measured(context: Context, dispatcher: Dispatcher): Promise<Dispatched> {
  const before = dispatcher.cpuSeconds();
  const { seconds, count } = await dispatcher.all();
  const cpu = (dispatcher.cpuSeconds() - before) / count;
  const latencies = await dispatcher.latencies(MEASURE_MS / Math.min(context.scale, 10));
  return { rate: count / seconds, cpu, p50: percentile(latencies, 0.5) / 1000, p99: percentile(latencies, 0.99) / 1000 };
}

async function startOurs(context: Context): Promise<Dispatcher> {
  const folder = context.folder("memory");
  const siteData = join(folder, "site-data");
  const systems = systemNames(Math.ceil(SYSTEMS / context.scale));
  writeHierarchy(
    siteData,
    systems.map((name) => `${name}: { site: ABC, roles: [dp] }`),
  );
  const packages = Array.from({ length: PACKAGES }, (_, i) => `ABC${String(i).padStart(5, "0")}`);
  for (const id of [...packages, "LON00001"]) writeFileSync(join(addPackage(siteData, id, systems), "a.txt"), id);
  const place = { siteData, dataDir: join(folder, "coordinator") };
  const keys = await joinedTo(place, systems);
  const coordinator = context.cleanup.use(await startCoordinator(place));
  const api = createApi(coordinator.url, coordinator.dataDir);
  const agents = createCrew();
  await connectObeying(coordinator.url, keys, agents.ordered);
  await api.index({});
  return {
    cpuSeconds: () => usageOf(coordinator.pid).cpuSeconds,
    async all() {
      const count = systems.length * packages.length;
      const timed = agents.atOnce(count);
      await api.start("verify", { packages });
      return { seconds: await timed, count };
    },
    async latencies(ms) {
      agents.hold("LON00001");
      const long = await api.start("verify", { packages: ["LON00001"] });
      await until(() => agents.held() === systems.length, "every system has its long order");
      const latencies = await agents.inTurn(() => startAgain(api, packages), ms);
      agents.release();
      await api.end(long);
      return latencies;
    },
  };
}

/** Starts a run of all packages. @returns Ends it. */
async function startAgain(api: Api, packages: string[]): Promise<() => Promise<unknown>> {
  const { id } = await api.start("verify", { packages });
  return () => api.ask(`/api/v1/runs/${id}/cancel`, {});
}

/** What the agents do with their orders. */
interface Crew {
  ordered(order: Order, agent: Obeying): void;
  /** From now on orders end at once. @returns Seconds from the first to the last of `count` orders. */
  atOnce(count: number): Promise<number>;
  /** Orders about this unit run until they are released, with progress. */
  hold(unit: string): void;
  held(): number;
  release(): void;
  /** From now on orders take a while. @returns From each result to the next order of the system, ms. */
  inTurn(begin: () => Promise<() => Promise<unknown>>, ms: number): Promise<number[]>;
}

function createCrew(): Crew {
  const holding = new Map<string, { finish: () => void; timer: NodeJS.Timeout }>();
  const freeSince = new Map<string, number>();
  let heldUnit = "";
  let takes: number | undefined;
  let latencies: number[] = [];
  let arrived = (): void => undefined;
  return {
    ordered(order, agent) {
      const { system, finish, progress } = agent;
      if (order.unit.name === heldUnit) {
        let files = 0;
        // Not all in the same moment.
        const timer = setInterval(() => progress(order, ++files), 1000 / PROGRESS);
        holding.set(system, { timer, finish: () => finish(order) });
        return;
      }
      const free = freeSince.get(system);
      if (free !== undefined) latencies.push(performance.now() - free);
      freeSince.delete(system);
      progress(order, 1);
      if (takes === undefined) {
        finish(order);
        return arrived();
      }
      setTimeout(
        () => {
          finish(order);
          if (takes !== undefined) freeSince.set(system, performance.now());
        },
        takes * (0.5 + Math.random()),
      );
    },
    async atOnce(count) {
      const last = Promise.withResolvers<number>();
      let [first, orders] = [0, 0];
      arrived = () => {
        first ||= performance.now();
        if (++orders === count) last.resolve((performance.now() - first) / 1000);
      };
      return last.promise;
    },
    hold(unit) {
      heldUnit = unit;
    },
    held: () => holding.size,
    release() {
      for (const { timer, finish } of holding.values()) {
        clearInterval(timer);
        finish();
      }
      holding.clear();
    },
    async inTurn(begin, ms) {
      [takes, latencies] = [TAKES_MS, []];
      const end = await begin();
      await sleep(ms);
      const measured = latencies;
      takes = undefined;
      freeSince.clear();
      await end().catch(() => undefined);
      await sleep(2 * TAKES_MS);
      return measured;
    },
  };
}

/** BullMQ in this process, with a Redis of its own that stores as durably as the coordinator's. */
async function startPeer(context: Context): Promise<Dispatcher> {
  const folder = context.folder("memory");
  const path = join(folder, "redis.sock");
  const settings = ["--port", "0", "--unixsocket", path, "--dir", folder, "--appendonly", "yes", "--maxmemory-policy", "noeviction"];
  const redis = start("redis-server", settings);
  context.cleanup.defer(() => kill(redis));
  await until(() => existsSync(path), "Redis listens");
  const connection = { path, maxRetriesPerRequest: null };
  const queue = new Queue<{ takes: number; at?: number }>("jobs", { connection, defaultJobOptions: { removeOnComplete: true } });
  let latencies: number[] = [];
  let done = 0;
  const work = async (job: Job<{ takes: number; at?: number }>): Promise<void> => {
    const { at, takes } = job.data;
    if (at !== undefined) latencies.push(performance.now() - at);
    const ends = performance.now() + takes;
    for (let files = 1; ; files++) {
      await job.updateProgress({ files });
      if (performance.now() + 1000 / PROGRESS > ends) break;
      await sleep(1000 / PROGRESS);
    }
    done += 1;
  };
  const worker = new Worker("jobs", work, { connection, concurrency: 2 * AT_ONCE });
  context.cleanup.defer(async () => {
    await worker.close(true);
    await queue.close();
  });
  await worker.waitUntilReady();
  const systems = Math.ceil(SYSTEMS / context.scale);
  return {
    cpuSeconds: () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
    async all() {
      const count = systems * PACKAGES;
      await worker.pause();
      done = 0;
      await queue.addBulk(Array.from({ length: count }, () => ({ name: "job", data: { takes: 0 }, opts: { priority: 1 } })));
      const began = performance.now();
      await worker.resume();
      await until(() => done === count, "every job is done");
      return { seconds: (performance.now() - began) / 1000, count };
    },
    async latencies(ms) {
      latencies = [];
      await queue.addBulk(Array.from({ length: systems }, () => ({ name: "job", data: { takes: ms }, opts: { priority: 1 } })));
      const ends = performance.now() + ms;
      while (performance.now() < ends) {
        await queue.add("job", { takes: 0, at: performance.now() }, { priority: 1 });
        await sleep(TAKES_MS / systems);
      }
      return latencies;
    },
  };
}
