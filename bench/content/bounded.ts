import { join } from "node:path";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Case, Context, Measure } from "../case.ts";
import { writeManyFiles } from "../data/trees.ts";
import { compare, ratioAtMost } from "../measure.ts";
import { usageOf } from "../machine/processes.ts";
import { joinAgent } from "../ours/agent.ts";
import { beginUsage, checkDone, startBed } from "../ours/bed.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { indexFact, usageFacts } from "../ours/facts.ts";
import { createApi, type Ended } from "../ours/orders.ts";
import { addPackage, NOBODY, writeSite } from "../ours/site.ts";
import { checkSame } from "../peers/rsync.ts";

const MIB = 1024 * 1024;
const AGENT_LIMIT = 250 * MIB;
const COORDINATOR_LIMIT = 350 * MIB;
/** 10 GiB in 200,000 files. */
const LARGE_AVERAGE = Math.floor((10 * 1024 * MIB) / 200_000);
/** How many there are is what costs memory, not what they hold. */
const SMALL_AVERAGE = 2_000;
const SYSTEMS = ["FIRST", "SECOND", "THIRD", "FOURTH"];

interface Part {
  measure: Measure;
  facts: string[];
}

export const bounded: Case = {
  name: "bounded",
  about:
    "most memory: 10 GiB in 200,000 files rebuilt by one agent, and four agents with 200,000 files each at once, project's disk; run once",
  goal: `agent <= ${AGENT_LIMIT / MIB} MiB and coordinator <= ${COORDINATOR_LIMIT / MIB} MiB of memory`,
  async run(context) {
    const parts = [await oneAgent(context), await fourAgents(context)];
    return {
      measures: parts.map(({ measure }) => measure),
      facts: ["the peer is the limit itself: nothing else is measured", ...parts.flatMap(({ facts }) => facts)],
    };
  },
};

const withinLimit = (what: string, bytes: number, limit: number) => compare({ what, unit: "bytes" }, [bytes], [limit], ratioAtMost(1));
const inMib = (bytes: number) => `${(bytes / MIB).toFixed(0)} MiB`;

async function oneAgent(context: Context): Promise<Part> {
  const folder = context.folder("disk");
  const siteData = join(folder, "site-data");
  writeSite(siteData, { role: "dp" });
  const source = addPackage(siteData, "ABC00001");
  const tree = writeManyFiles(source, "one agent", LARGE_AVERAGE, context.scale);
  // Its processes end before those of the other part begin.
  await using cleanup = new AsyncDisposableStack();
  const bed = await startBed({ ...context, cleanup }, { siteData, folder: join(folder, "ours") });
  const indexing = await bed.index();
  const indexed = usageOf(bed.coordinator.pid);
  const agent = await bed.freshAgent();
  const order = await bed.order("rebuild");
  context.say(`one agent: ${order.seconds.toFixed(1)} s, ${inMib(order.use.agent.peakBytes)}`);
  await checkSame(source, join(agent.root, "ABC00001"));
  return {
    measure: withinLimit("memory of the agent", order.use.agent.peakBytes, AGENT_LIMIT),
    facts: [
      indexFact(indexing, tree),
      `one agent: ${order.seconds.toFixed(1)} s; the coordinator needed ${inMib(indexed.peakBytes)} while it indexed`,
      ...usageFacts([order], tree.bytes),
    ],
  };
}

async function fourAgents(context: Context): Promise<Part> {
  const folder = context.folder("disk");
  const siteData = join(folder, "site-data");
  writeSite(siteData, { role: "dp", others: SYSTEMS });
  const packages = SYSTEMS.map((system, i) => ({
    system,
    id: `ABC0001${i}`,
    source: addPackage(siteData, `ABC0001${i}`, [system, NOBODY]),
  }));
  for (const { source, id } of packages) writeManyFiles(source, id, SMALL_AVERAGE, context.scale);
  const { cleanup } = context;
  const coordinator = cleanup.use(await startCoordinator({ siteData, dataDir: join(folder, "coordinator") }));
  const api = createApi(coordinator.url, coordinator.dataDir);
  await api.index({ systems: [NOBODY] });
  const agents = await Promise.all(
    SYSTEMS.map(async (system) => {
      const token = await coordinator.joinToken(system);
      return cleanup.use(await joinAgent({ folder: join(folder, system), role: "dp", system, url: coordinator.url, token }));
    }),
  );
  for (const system of SYSTEMS) await waitFor(`${system} to connect`, () => api.isConnected(system));
  for (const { pid } of [coordinator, ...agents]) beginUsage(pid);
  const ended = await api.run("rebuild", { systems: SYSTEMS });
  checkDone(ended, join(folder, "FIRST/agent.log"));
  const peak = usageOf(coordinator.pid).peakBytes;
  const peaks = agents.map(({ pid }) => usageOf(pid).peakBytes);
  context.say(`four agents: ${ended.seconds.toFixed(1)} s, coordinator ${inMib(peak)}`);
  for (const [i, { id, source }] of packages.entries()) await checkSame(source, join(agents[i]?.root ?? "", id));
  return {
    measure: withinLimit("memory of the coordinator", peak, COORDINATOR_LIMIT),
    facts: [
      `four agents: ${ended.seconds.toFixed(1)} s, all at work at once for ${together(ended).toFixed(1)} s; agents at most ${inMib(Math.max(...peaks))}`,
    ],
  };
}

/** Seconds in which all systems were staging. */
function together({ phases }: Ended): number {
  const stages = phases.filter(({ task }) => task === "stage");
  const from = Math.max(...stages.map(({ startedAt = Infinity }) => startedAt));
  const to = Math.min(...stages.map(({ endedAt = 0 }) => endedAt));
  return Math.max(0, to - from) / 1000;
}
