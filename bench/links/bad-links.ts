import { join } from "node:path";
import { UnavailableHere, type Case, type Context, type Measure } from "../case.ts";
import { writeNoiseFile } from "../data/trees.ts";
import { openLine, overLine, type Line } from "../link/line.ts";
import type { Trouble } from "../link/messages.ts";
import { compare, ratioAtMost } from "../measure.ts";
import { joinAgent } from "../ours/agent.ts";
import { checkDone } from "../ours/bed.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { createApi } from "../ours/orders.ts";
import { addPackage, NOBODY, writeHierarchy, writeSite } from "../ours/site.ts";
import { checkSame } from "../peers/rsync.ts";
import { removeScratch } from "../scratch.ts";
import { waitFor } from "../../scripts/support/programs.ts";
import { packageARound } from "./one-system.ts";
import { rebuildOverLoss, type Crossed } from "./packet-loss.ts";

const RATE = 2_000_000;
/** Two minutes of the line. */
const BYTES = 30_000_000;
/** ms one way, unless the fault is a longer one. */
const DELAY = 20;

interface BadLine {
  system: string;
  what: string;
  delay?: number;
  suffers?: Trouble;
  /** Share of the time at which the line is up, for the goal. */
  up?: number;
}

const LINES: readonly BadLine[] = [
  { system: "GOOD", what: "a good line" },
  { system: "FLAPPING", what: "10 s up, 5 s down", suffers: { kind: "flaps", up: 10_000, down: 5_000 }, up: 2 / 3 },
  { system: "FAR", what: "600 ms round trip", delay: 300 },
  { system: "HALFOPEN", what: "half open after 30 s", suffers: { kind: "forgets", after: 30_000 } },
  { system: "PROXY", what: "cut after 60 s", suffers: { kind: "cuts", after: 60_000 } },
];
/** Allowed costs of a bad line relative to the good one: retransmitted bytes, and time beyond what the fault itself takes away. */
const MOST_WASTE = 0.06;
const MOST_TIME = 1.5;

/** Half a minute of the line, with and without loss. */
const LOSSY_BYTES = 7_500_000;
const LOSS = 0.01;

export const badLinks: Case = {
  name: "bad-links",
  about: `${BYTES / 1e6} MB that do not shrink over ${RATE / 1e6} Mbit/s, a line of each kind, all at once`,
  goal: `all finish; bytes again <= ${MOST_WASTE * 100} %`,
  async run(context) {
    const folder = context.folder("memory");
    const siteData = join(folder, "site-data");
    const size = Math.floor(BYTES / context.scale);
    const rounds = packageARound(context);
    writeLines(siteData, rounds, size);
    const dataDir = join(folder, "coordinator");
    const coordinator = context.cleanup.use(await startCoordinator({ siteData, dataDir }));
    const api = createApi(coordinator.url, dataDir);
    const lines = await Promise.all(
      LINES.map(async ({ system, delay = DELAY }) => {
        const line = openLine(context);
        await line.shape(RATE, delay);
        const url = await overLine(line, coordinator.url);
        const token = await coordinator.joinToken(system);
        const agent = context.cleanup.use(await joinAgent({ folder: join(folder, system), role: "dp", system, url, token }));
        await waitFor(`${system} to connect`, () => api.isConnected(system));
        return { line, agent };
      }),
    );
    await api.index({ systems: [NOBODY] });
    const measured = new Map(LINES.map(({ system }) => [system, [] as Crossed[]]));
    for (const id of rounds) {
      const before = await counts(lines.map(({ line }) => line));
      for (const [i, { suffers }] of LINES.entries()) {
        const isOnce = suffers?.kind === "forgets";
        if (suffers && (isOnce || id === rounds[0])) await lines[i]?.line.suffer(suffers);
      }
      const started = await api.start("rebuild", { packages: [id], systems: LINES.map(({ system }) => system) });
      const ended = await api.end(started);
      checkDone(ended, join(folder, "GOOD", "agent.log"));
      const after = await counts(lines.map(({ line }) => line));
      for (const [i, { system, what }] of LINES.entries()) {
        const phases = ended.phases.filter((phase) => phase.system === system);
        const seconds = (Math.max(...phases.map(({ endedAt = Infinity }) => endedAt)) - started.startedAt) / 1000;
        const crossed = { seconds, bytes: (after[i] ?? 0) - (before[i] ?? 0) };
        measured.get(system)?.push(crossed);
        context.say(`${what}: ${seconds.toFixed(1)} s, ${(crossed.bytes / 1e6).toFixed(2)} MB`);
        await checkSame(join(siteData, "packages", id, "source"), join(lines[i]?.agent.root ?? "", id));
      }
    }
    const packets = await overPackets(context).catch((error: unknown) => {
      if (error instanceof UnavailableHere) return error;
      throw error;
    });
    const loss = packets instanceof UnavailableHere ? [] : measuresAgainst(...packets, `${LOSS * 100} % of packets lost`, 1);
    return {
      measures: [...measuresOf(measured), ...loss],
      facts: [
        ...(packets instanceof UnavailableHere ? [packets.message] : []),
        `loss: ${LOSSY_BYTES / 1e6} MB over packets between two network namespaces, IP bytes, against the same line without loss`,
        `each system has an address and a TCP proxy of its own, ${RATE / 1e6} Mbit/s each way and ${2 * DELAY} ms round trip unless said`,
        "bytes: what entered the line towards the agent; peer: the good line",
      ],
    };
  },
};

function measuresOf(measured: Map<string, Crossed[]>): Measure[] {
  const good = measured.get("GOOD") ?? [];
  return LINES.slice(1).flatMap(({ system, what, up = 1 }) => measuresAgainst(good, measured.get(system) ?? [], what, up));
}

function measuresAgainst(good: readonly Crossed[], bad: readonly Crossed[], what: string, up: number): Measure[] {
  const seconds = (all: readonly Crossed[]) => all.map((one) => one.seconds);
  const bytes = (all: readonly Crossed[]) => all.map((one) => one.bytes);
  return [
    compare({ what: `time, ${what}`, unit: "s" }, seconds(bad), seconds(good), ratioAtMost(MOST_TIME / up)),
    compare({ what: `bytes, ${what}`, unit: "bytes" }, bytes(bad), bytes(good), ratioAtMost(1 + MOST_WASTE)),
  ];
}

/** The same over a line of packets, without loss and with it. */
async function overPackets(context: Context): Promise<[whole: Crossed[], lossy: Crossed[]]> {
  const folder = context.folder("memory");
  const siteData = join(folder, "site-data");
  writeSite(siteData, { role: "dp", bandwidth: `${RATE / 1e6} Mbit/s` });
  writeNoiseFile(join(addPackage(siteData, "ABC00001"), "image.wim"), Math.floor(LOSSY_BYTES / context.scale), "loss");
  const over = async (loss: number): Promise<Crossed> => {
    const programs = join(folder, "programs");
    removeScratch(programs);
    const crossed = await rebuildOverLoss(context, {
      siteData,
      folder: programs,
      package: "ABC00001",
      rate: 2 * RATE,
      delay: DELAY,
      loss,
    });
    context.say(`${loss * 100} % loss: ${crossed.seconds.toFixed(1)} s, ${(crossed.bytes / 1e6).toFixed(2)} MB`);
    return crossed;
  };
  const [whole, lossy]: [Crossed[], Crossed[]] = [[], []];
  for (let round = 0; round < context.rounds; round++) {
    whole.push(await over(0));
    lossy.push(await over(LOSS));
  }
  return [whole, lossy];
}

const counts = (lines: readonly Line[]): Promise<number[]> => Promise.all(lines.map(async (line) => (await line.count()).down));

function writeLines(folder: string, packages: readonly string[], size: number): void {
  const systems = LINES.map(({ system }) => `${system}: { site: ABC, roles: [dp], address: { bandwidth: ${RATE / 1e6} Mbit/s } }`);
  writeHierarchy(folder, [`${NOBODY}: { site: ABC, roles: [dp] }`, ...systems]);
  const targets = [NOBODY, ...LINES.map(({ system }) => system)];
  for (const id of packages) writeNoiseFile(join(addPackage(folder, id, targets), "image.wim"), size, id);
}
