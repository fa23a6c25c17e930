import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Case, Context, Measure } from "../case.ts";
import { writeNoiseFile } from "../data/trees.ts";
import { usageOf } from "../machine/processes.ts";
import { alternate, compare, ratioAtMost } from "../measure.ts";
import type { Coordinator } from "../ours/coordinator.ts";
import { createApi } from "../ours/orders.ts";
import { addPackage } from "../ours/site.ts";
import { bothThere, startPair, type Pair } from "./pair.ts";

const AGENTS = 8;
/** Of one package, for each of them; bytes. */
const BYTES = 64 * 1024 * 1024;
/** Two coordinators do at least 1.6 times as much as one when the busier one has so much less to do. */
const GOAL = 1 / 1.6;
/** ms in which agents are told which coordinator serves them. */
const TOLD_MS = 4_000;

/** Processor time of one rebuild, s. */
interface Spent {
  /** Of the coordinator that leads, and of the other one. */
  leader: number;
  other: number;
}

/** Lines without a limit, on which bytes decide; and lines with one, on which each few dozen KB are granted one by one. */
const LINES = [{ line: "no limit" }, { line: "100 Mbit/s", bandwidth: "100 Mbit/s" }];

export const serving: Case = {
  name: "serving",
  about: `${AGENTS} agents rebuild a package of ${BYTES / 1024 ** 2} MiB each, loopback; a coordinator that stands by serves its share of them. Processor time of the busier one, in the second of two rebuilds. Peer: the one that leads alone`,
  goal: `ratio <= ${GOAL}: two coordinators carry 1.6 times as much as one`,
  async run(context) {
    const measures: Measure[] = [];
    for (const lines of LINES) measures.push(await measure(context, lines));
    return { measures, facts: [`each agent has a line of its own; half of them are served by each coordinator`] };
  },
};

async function measure(context: Context, { line, bandwidth }: (typeof LINES)[number]): Promise<Measure> {
  const pair = await startPair(context, {
    count: Math.max(2, Math.ceil(AGENTS / context.scale)),
    given: false,
    ...(bandwidth === undefined ? {} : { bandwidth }),
    prepare: (siteData, systems) =>
      writeNoiseFile(join(addPackage(siteData, "ABC00001", systems), "image.wim"), Math.ceil(BYTES / context.scale), "serving"),
  });
  const spent = await alternate(
    context,
    { both: () => together(pair), one: () => alone(pair) },
    ({ leader, other }) => `${line}: ${leader.toFixed(2)} s and ${other.toFixed(2)} s`,
  );
  for (const { running } of pair.places) await running?.[Symbol.asyncDispose]();
  const busier = ({ leader, other }: Spent): number => Math.max(leader, other);
  return compare({ what: `busier one, ${line}`, unit: "s" }, spent.both.map(busier), spent.one.map(busier), ratioAtMost(GOAL));
}

async function together(pair: Pair): Promise<Spent> {
  const [leader, other] = await bothThere(pair);
  await waitFor("the other one to serve", () => {
    const log = readFileSync(join(leader.dataDir, "coordinator.log"), "utf8");
    const [begun, ended] = ["serves content for this one", "serves no content any more"].map((words) => log.lastIndexOf(words));
    return begun !== undefined && ended !== undefined && begun > ended ? true : undefined;
  });
  await sleep(TOLD_MS);
  return rebuild(leader, other);
}

async function alone(pair: Pair): Promise<Spent> {
  const [leader, other] = await bothThere(pair);
  await other[Symbol.asyncDispose]();
  await sleep(TOLD_MS);
  return rebuild(leader, undefined);
}

/** The first rebuild is not measured: in it the one that leads may index the package, and what was started just now is compiled. */
async function rebuild(leader: Coordinator, other: Coordinator | undefined): Promise<Spent> {
  await rebuildOnce(leader);
  const now = (): Spent => ({ leader: usageOf(leader.pid).cpuSeconds, other: other ? usageOf(other.pid).cpuSeconds : 0 });
  const before = now();
  await rebuildOnce(leader);
  const after = now();
  return { leader: after.leader - before.leader, other: after.other - before.other };
}

async function rebuildOnce({ url, dataDir }: Coordinator): Promise<void> {
  const { run } = await createApi(url, dataDir).run("rebuild", { full: true });
  if (run.state !== "done") throw new Error(`the rebuild ended as ${run.state}`);
}
