import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Case, Context } from "../case.ts";
import { writeWanTree } from "../data/wan-tree.ts";
import { lineFact, openLine, overLine, type Line } from "../link/line.ts";
import { windowRates, type Samples } from "../link/samples.ts";
import { alternate, compare, oursAtMost, ratioAtMost } from "../measure.ts";
import { joinAgent } from "../ours/agent.ts";
import { checkDone } from "../ours/bed.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { createApi } from "../ours/orders.ts";
import { addPackage, NOBODY, writeHierarchy } from "../ours/site.ts";
import { checkSame, rsync, startRsyncDaemon } from "../peers/rsync.ts";
import { removeScratch } from "../scratch.ts";

const SYSTEMS = ["BRANCH1", "BRANCH2", "BRANCH3", "BRANCH4"] as const;
const PACKAGE = "ABC00001";
/** Capacity of the line, and the usable part, bit/s; ms one way. */
const RATE = 20_000_000;
const CAP = 16_000_000;
const DELAY = 20;
/** Share of the bytes that the first system has already. */
const READY = 0.79;

interface Took {
  seconds: number;
  bytes: number;
  /** Bit/s, headers included, of the second with the most traffic. */
  most: number;
}

export const fourBehindOne: Case = {
  name: "four-behind-one",
  about: `four systems behind one line of ${RATE / 1e6} Mbit/s that may use ${CAP / 1e6} of them, 29 MB for each, one of them ${READY * 100} % ready`,
  goal: "time to the last one <= 0.35 of four rsync -az --bwlimit with a static split, <= 0.85 without neighbours; cap kept",
  async run(context) {
    const folder = context.folder("memory");
    const source = join(folder, "source");
    mkdirSync(source);
    const tree = writeWanTree(source, context.scale * 2);
    const line = openLine(context);
    const { port } = await startRsyncDaemon(context, { folder: join(folder, "rsyncd"), modules: { source } });
    const rsyncUrl = `rsync://127.0.0.1:${await line.open(port)}/source`;
    const samples = line.samples();
    const measure = (work: () => Promise<number>) => during(line, samples, work);
    const beds = {
      peers: await startBranch(context, { folder: join(folder, "peers"), source, line, peers: true }),
      alone: await startBranch(context, { folder: join(folder, "alone"), source, line, peers: false }),
    };
    const fourRsync = async (options: readonly string[]): Promise<Took> => {
      const targets = SYSTEMS.map((system) => emptied(join(folder, "rsync", system)));
      makeReady(source, targets[0] ?? "");
      const took = await measure(async () => Math.max(...(await Promise.all(targets.map((to) => rsync(options, rsyncUrl, to))))));
      for (const target of targets) await checkSame(source, target);
      return took;
    };

    const took = await alternate<"peers" | "alone" | "split" | "free", Took>(
      context,
      {
        peers: async () => beds.peers(measure),
        alone: async () => beds.alone(measure),
        // KiB/s for each.
        split: () => fourRsync(["-az", `--bwlimit=${Math.floor(CAP / SYSTEMS.length / 8 / 1024)}`]),
        free: () => fourRsync(["-az"]),
      },
      ({ seconds, bytes, most }) => `${seconds.toFixed(1)} s ${(bytes / 1e6).toFixed(1)} MB, most ${(most / 1e6).toFixed(1)} Mbit/s`,
    );
    const of = (side: keyof typeof took, what: keyof Took) => took[side].map((one) => one[what]);
    const cap = took.peers.map(() => CAP / 1e6);
    const kept = oursAtMost((CAP / 1e6) * 1.03);
    return {
      measures: [
        compare({ what: "time, split", unit: "s" }, of("peers", "seconds"), of("split", "seconds"), ratioAtMost(0.35)),
        compare({ what: "alone, split", unit: "s" }, of("alone", "seconds"), of("split", "seconds"), ratioAtMost(0.85)),
        compare({ what: "time, no limit", unit: "s" }, of("peers", "seconds"), of("free", "seconds")),
        compare({ what: "bytes, split", unit: "bytes" }, of("peers", "bytes"), of("split", "bytes")),
        compare(
          { what: "most in 1 s", unit: "Mbit/s" },
          of("peers", "most").map((rate) => rate / 1e6),
          cap,
          kept,
        ),
        compare(
          { what: "alone, most in 1 s", unit: "Mbit/s" },
          of("alone", "most").map((rate) => rate / 1e6),
          cap,
          kept,
        ),
      ],
      facts: [
        `${lineFact(RATE, DELAY)}; neighbours reach each other beside it, as on a network of their own`,
        `${tree.files} files, ${(tree.bytes / 1e6).toFixed(1)} MB; each second in which something crossed, with headers; peer of "most in 1 s": the cap`,
      ],
    };
  },
};

/** Bytes towards the systems while `work` is done, and the second with the most of them. */
async function during(line: Line, samples: Samples, work: () => Promise<number>): Promise<Took> {
  await line.shape(RATE, DELAY);
  const before = await line.count();
  const from = Date.now();
  const seconds = await work();
  const rates = windowRates(samples.since(from)).map(({ rate }) => rate);
  const bytes = (await line.count()).down - before.down;
  await line.shape(0, 0);
  return { seconds, bytes, most: Math.max(0, ...rates) };
}

interface BranchOptions {
  folder: string;
  source: string;
  line: Line;
  peers: boolean;
}

/** @returns A function that rebuilds four new systems, one of which has most of it. */
async function startBranch(context: Context, { folder, source, line, peers }: BranchOptions) {
  const siteData = join(folder, "site-data");
  writeBranch(siteData, source, peers);
  const coordinator = context.cleanup.use(await startCoordinator({ siteData, dataDir: join(folder, "coordinator") }));
  const api = createApi(coordinator.url, coordinator.dataDir);
  await api.index({ systems: [NOBODY] });
  const url = await overLine(line, coordinator.url);

  return async (measure: (work: () => Promise<number>) => Promise<Took>): Promise<Took> => {
    await using agents = new AsyncDisposableStack();
    const roots: string[] = [];
    for (const system of SYSTEMS) {
      const own = join(folder, system);
      const token = await coordinator.joinToken(system);
      const agent = agents.use(await joinAgent({ folder: own, role: "dp", system, url, token }));
      if (system === SYSTEMS[0]) makeReady(source, join(agent.root, PACKAGE));
      roots.push(agent.root);
      const log = join(own, "agent.log");
      const word = peers ? "neighbours may fetch" : "connected to the coordinator";
      await waitFor(`${system} to be there`, () => (existsSync(log) && readFileSync(log, "utf8").includes(word)) || undefined);
    }
    const took = await measure(async () => {
      const ended = await api.run("rebuild", { systems: [...SYSTEMS] });
      checkDone(ended, join(folder, SYSTEMS[1], "agent.log"));
      return ended.seconds;
    });
    for (const root of roots) await checkSame(source, join(root, PACKAGE));
    return took;
  };
}

function writeBranch(folder: string, source: string, peers: boolean): void {
  const systems = SYSTEMS.map((name) => `${name}: { site: SEC, roles: [dp], peers: ${peers} }`);
  const address = `SEC: { bandwidth: ${CAP / 1e6} Mbit/s, concurrency: ${SYSTEMS.length} }`;
  writeHierarchy(folder, [`${NOBODY}: { site: ABC, roles: [dp] }`, ...systems], [address]);
  cpSync(source, addPackage(folder, PACKAGE, [...SYSTEMS, NOBODY]), { recursive: true, preserveTimestamps: true });
}

function emptied(folder: string): string {
  removeScratch(folder);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Copies this share of the files, spread over all of them, as an earlier attempt would have left. */
function makeReady(source: string, target: string): void {
  let [all, copied] = [0, 0];
  for (const name of readdirSync(source, { recursive: true, encoding: "utf8" }).toSorted()) {
    const stat = statSync(join(source, name));
    if (!stat.isFile()) continue;
    all += stat.size;
    if (copied + stat.size > all * READY) continue;
    copied += stat.size;
    mkdirSync(dirname(join(target, name)), { recursive: true });
    cpSync(join(source, name), join(target, name), { preserveTimestamps: true });
  }
}
