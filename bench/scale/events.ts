import { writeFileSync, readFileSync } from "node:fs";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentKey } from "@sitewright/testkit/agent-wire";
import type { Case, Context } from "../case.ts";
import { residentOf } from "../machine/processes.ts";
import { alternate, compare, oursAtMost, ratioAtMost } from "../measure.ts";
import { startCoordinator, type Coordinator } from "../ours/coordinator.ts";
import { createApi } from "../ours/orders.ts";
import { addPackage, writeHierarchy } from "../ours/site.ts";
import { connectObeying, joinedTo, percentile, systemNames, until, type Obeying } from "./swarm.ts";

const SYSTEMS = 200;
const BROWSERS = 100;
/** Progress messages of a running order in a second. */
const PROGRESS = 10;
/** Events whose way is timed. */
const SAMPLES = 20;
/** Between two of them, ms. */
const PAUSE_MS = 500;
const PACKAGE = "LON00001";
/** How much later others may learn of an event because one browser has stalled. */
const GOAL_RATIO = 1.5;
const GOAL_GROWTH_BYTES = 16 * 1024 ** 2;

interface Watched {
  /** From the end of an agent's connection until browsers know it, s. */
  p50: number;
  p99: number;
  /** Of resident memory while that was measured, bytes. */
  growth: number;
}

export const events: Case = {
  name: "events",
  about: `${BROWSERS} browsers watch ${SYSTEMS} systems, each of which runs an order with ${PROGRESS} progress messages a second, and one more follows that run with all of its steps, and reads nothing any more: from the end of an agent's connection until the others know it, and growth of memory. Peer: the same without that one`,
  goal: `others learn of it <= ${GOAL_RATIO} times as late (p99), growth <= ${GOAL_GROWTH_BYTES / 1024 ** 2} MiB`,
  async run(context) {
    const stage = await startStage(context);
    const took = await alternate(
      context,
      { stalled: () => watched(stage, true), none: () => watched(stage, false) },
      ({ p50, p99, growth }) =>
        `p50 ${(p50 * 1000).toFixed(0)} ms, p99 ${(p99 * 1000).toFixed(0)} ms, ${(growth / 1024 ** 2).toFixed(1)} MiB more`,
    );
    const of = (what: keyof Watched) => [took.stalled.map((one) => one[what]), took.none.map((one) => one[what])] as const;
    return {
      measures: [
        compare({ what: "until others know, p50", unit: "s" }, ...of("p50")),
        compare({ what: "until others know, p99", unit: "s" }, ...of("p99"), ratioAtMost(GOAL_RATIO)),
        compare({ what: "growth of memory", unit: "bytes" }, ...of("growth"), oursAtMost(GOAL_GROWTH_BYTES)),
      ],
      facts: [`${stage.agents.length} agents; events are sent four times a second at most, so 0.13 s are to be expected`],
    };
  },
};

interface Stage {
  coordinator: Coordinator;
  token: string;
  /** Of the long run. */
  run: string;
  agents: Obeying[];
  /** Another connection of a system. */
  again(system: string): Promise<Obeying>;
}

async function startStage(context: Context): Promise<Stage> {
  const folder = context.folder("memory");
  const siteData = join(folder, "site-data");
  const systems = systemNames(Math.ceil(SYSTEMS / context.scale));
  writeHierarchy(
    siteData,
    systems.map((name) => `${name}: { site: ABC, roles: [dp] }`),
  );
  writeFileSync(join(addPackage(siteData, PACKAGE, systems), "a.txt"), "a");
  const place = { siteData, dataDir: join(folder, "coordinator") };
  const keys = await joinedTo(place, systems);
  const coordinator = context.cleanup.use(await startCoordinator(place));
  const timers = new Map<string, NodeJS.Timeout>();
  context.cleanup.defer(() => timers.forEach((timer) => clearInterval(timer)));
  const connectSome = (some: ReadonlyMap<string, AgentKey>): Promise<Obeying[]> =>
    connectObeying(coordinator.url, some, (order, agent) => {
      let files = 0;
      clearInterval(timers.get(agent.system));
      timers.set(
        agent.system,
        setInterval(() => agent.progress(order, ++files), 1000 / PROGRESS),
      );
    });
  const agents = await connectSome(keys);
  const { id: run } = await createApi(coordinator.url, coordinator.dataDir).start("verify", {});
  await until(() => timers.size === systems.length, "every system has its order");
  const token = readFileSync(join(coordinator.dataDir, "operator-token"), "utf8").trim();
  async function again(system: string): Promise<Obeying> {
    const key = keys.get(system);
    if (!key) throw new Error(`${system} has no key`);
    const [agent] = await connectSome(new Map([[system, key]]));
    return agent as Obeying;
  }
  return { coordinator, token, run, agents, again };
}

async function watched(stage: Stage, withStalled: boolean): Promise<Watched> {
  const { coordinator, agents } = stage;
  const browsers = await Promise.all(Array.from({ length: BROWSERS }, () => openBrowser(stage)));
  const stalled = withStalled ? openStalled(stage) : undefined;
  // Its buffers in the kernel are full by then.
  await sleep(10_000);
  const before = residentOf(coordinator.pid);
  const taken: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const index = sample % agents.length;
    const agent = agents[index] as Obeying;
    const began = performance.now();
    const seen = browsers.map((browser) => browser.sees(agent.system).then((at) => taken.push((at - began) / 1000)));
    agent.close();
    await Promise.all(seen);
    agents[index] = await stage.again(agent.system);
    await sleep(PAUSE_MS);
  }
  const growth = Math.max(0, residentOf(coordinator.pid) - before);
  for (const browser of browsers) browser.close();
  stalled?.();
  return { p50: percentile(taken, 0.5), p99: percentile(taken, 0.99), growth };
}

interface Browser {
  /** When it is told that a system has disconnected, ms of this process's clock. */
  sees(system: string): Promise<number>;
  close(): void;
}

async function openBrowser({ coordinator, token }: Stage): Promise<Browser> {
  const sent = request(new URL("/api/v1/events", coordinator.url), { headers: { authorization: `Bearer ${token}` }, agent: false });
  sent.end();
  const [answer] = await new Promise<[IncomingMessage]>((resolve, reject) => {
    sent.once("response", (response) => resolve([response]));
    sent.once("error", reject);
  });
  let awaited: { mark: string; resolve: (at: number) => void } | undefined;
  let rest = "";
  answer.setEncoding("utf8").on("data", (text: string) => {
    const all = (rest + text).split("\n");
    rest = all.pop() ?? "";
    if (!awaited || !all.some((line) => line.includes(awaited?.mark ?? ""))) return;
    awaited.resolve(performance.now());
    awaited = undefined;
  });
  answer.on("error", () => undefined);
  return {
    sees: (system) => new Promise((resolve) => (awaited = { mark: `"name":"${system}","connected":false`, resolve })),
    close: () => void sent.destroy(),
  };
}

/** Follows the run, and reads nothing of it. */
function openStalled({ coordinator, token, run }: Stage): () => void {
  const { hostname, port } = new URL(coordinator.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => undefined);
  socket.write(`GET /api/v1/events?run=${run} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\n\r\n`);
  socket.pause();
  return () => void socket.destroy();
}
