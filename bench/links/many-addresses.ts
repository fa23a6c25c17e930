import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Case, Context } from "../case.ts";
import { noise } from "../data/noise.ts";
import { alternate, compare, median, ratioAtMost } from "../measure.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { usageOf } from "../machine/processes.ts";
import { createApi } from "../ours/orders.ts";
import { addPackage, writeHierarchy } from "../ours/site.ts";
import { removeScratch } from "../scratch.ts";
import { startRawAgent, type Manner, type RawAgent } from "./raw-agent.ts";

const ADDRESSES = 200;
const DEAD = 20;
const BANDWIDTH = "256 kbit/s";
/** Smaller than the smallest chunk: each is one. */
const FILE_BYTES = 12 * 1024;
const FILES = 25;
const PACKAGE = "ABC00001";
/** Joins from one local address: fewer than a coordinator permits in a minute. */
const JOINS = 50;

export const manyAddresses: Case = {
  name: "many-addresses",
  about: `${ADDRESSES} addresses of ${BANDWIDTH} at once, ${DEAD} of them dead or crawling, against all of them alive: until the other ${ADDRESSES - DEAD} have all bytes`,
  goal: "slowdown of the others <= 5 %",
  async run(context) {
    const folder = context.folder("memory");
    const siteData = join(folder, "site-data");
    writeAddresses(siteData);
    const { ours, peer } = await alternate<"ours" | "peer", number[]>(
      context,
      { ours: () => secondsOfOthers(context, folder, true), peer: () => secondsOfOthers(context, folder, false) },
      (seconds) => `median ${median(seconds).toFixed(2)} s, last ${Math.max(...seconds).toFixed(2)} s`,
    );
    const last = (rounds: number[][]): number[] => rounds.map((seconds) => Math.max(...seconds));
    return {
      measures: [
        compare({ what: "median of the others", unit: "s" }, ours.map(median), peer.map(median), ratioAtMost(1.05)),
        compare({ what: "last of the others", unit: "s" }, last(ours), last(peer), ratioAtMost(1.05)),
      ],
      facts: [
        "agents that speak the protocol and write nothing, all in one process, stand for those of 200 systems; coordinator, content and lines are real",
        `the ${DEAD}: 8 that never read, 6 that take 500 bytes a second, 6 that never connect; peer: the same ${ADDRESSES - DEAD} while all are alive`,
      ],
    };
  },
};

const systemOf = (i: number): string => `SYS${String(i).padStart(3, "0")}`;

/** The dead ones are spread over all. */
function mannerOf(i: number): Manner | "never-connects" {
  if (i % (ADDRESSES / DEAD) !== 0) return "takes";
  return (["never-reads", "crawls", "never-connects"] as const)[(i / (ADDRESSES / DEAD)) % 3] ?? "takes";
}

async function secondsOfOthers(context: Context, folder: string, withDead: boolean): Promise<number[]> {
  const dataDir = join(folder, "coordinator");
  removeScratch(dataDir);
  await using coordinator = await startCoordinator({ siteData: join(folder, "site-data"), dataDir });
  await using agents = new AsyncDisposableStack();
  const api = createApi(coordinator.url, dataDir);
  const others: RawAgent[] = [];
  for (let i = 0; i < ADDRESSES; i++) {
    const manner = withDead ? mannerOf(i) : "takes";
    if (manner === "never-connects") continue;
    const system = systemOf(i);
    const from = `127.0.0.${2 + Math.floor(i / JOINS)}`;
    const { token: joinToken } = await api.ask<{ token: string }>("/api/v1/join-tokens", { system });
    const agent = await startRawAgent({ url: coordinator.url, system, joinToken, from, manner, chunks: FILES });
    agents.defer(() => agent.close());
    if (mannerOf(i) === "takes") others.push(agent);
  }
  const { startedAt } = await api.start("rebuild", {});
  const ends = await Promise.all(others.map(({ done }) => done));
  context.say(
    `${others.length} others have all bytes; coordinator ${(usageOf(coordinator.pid).peakBytes / 2 ** 20).toFixed(0)} MiB, ${usageOf(coordinator.pid).cpuSeconds.toFixed(1)} s`,
  );
  return ends.map((at) => (at - startedAt) / 1000);
}

/** Every system has a line of its own. */
function writeAddresses(folder: string): void {
  const systems = Array.from({ length: ADDRESSES }, (_, i) => systemOf(i));
  writeHierarchy(
    folder,
    systems.map((name) => `${name}: { site: ABC, roles: [dp], address: { bandwidth: ${BANDWIDTH} } }`),
  );
  const source = addPackage(folder, PACKAGE, systems);
  for (let i = 0; i < FILES; i++) writeFileSync(join(source, `file${i}.cab`), noise(FILE_BYTES, `many addresses ${i}`));
}
