import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Case, Context, Measure } from "../case.ts";
import { writeNoiseFile } from "../data/trees.ts";
import { openLine, type Line } from "../link/line.ts";
import type { Trouble } from "../link/messages.ts";
import { compare } from "../measure.ts";
import { joinAgent } from "../ours/agent.ts";
import { checkDone } from "../ours/bed.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { createApi } from "../ours/orders.ts";
import { checkSame } from "../peers/rsync.ts";
import { waitFor } from "../../support/programs.ts";

const RATE = 2_000_000;
/** Two minutes of the line. */
const BYTES = 30_000_000;
/** ms one way, unless the trouble is that it is more. */
const DELAY = 20;

interface BadLine {
  system: string;
  what: string;
  delay?: number;
  suffers?: Trouble;
  /** Share of the time at which the line is up, for what is to be reached. */
  up?: number;
}

const LINES: readonly BadLine[] = [
  { system: "GOOD", what: "a good line" },
  { system: "FLAPPING", what: "10 s up, 5 s down", suffers: { kind: "flaps", up: 10_000, down: 5_000 }, up: 2 / 3 },
  { system: "FAR", what: "600 ms round trip", delay: 300 },
  { system: "HALFOPEN", what: "half open after 30 s", suffers: { kind: "forgets", after: 30_000 } },
  { system: "PROXY", what: "cut after 60 s", suffers: { kind: "cuts", after: 60_000 } },
];
/** What a bad line may cost: of the good one's bytes again, and of its time, over what the trouble itself takes away. */
const MOST_WASTE = 0.05;
const MOST_TIME = 1.25;

export const badLinks: Case = {
  name: "bad-links",
  about: `${BYTES / 1e6} MB that do not shrink over ${RATE / 1e6} Mbit/s, a line of each kind, all at once`,
  goal: `all finish; bytes again <= ${MOST_WASTE * 100} %`,
  async run(context) {
    const folder = context.folder("memory");
    const siteData = join(folder, "site-data");
    const size = Math.floor(BYTES / context.scale);
    const rounds = Array.from({ length: context.rounds }, (_, round) => `ABC000${String(round).padStart(2, "0")}`);
    writeSite(siteData, rounds, size);
    const dataDir = join(folder, "coordinator");
    const coordinator = context.cleanup.use(await startCoordinator({ siteData, dataDir }));
    const api = createApi(coordinator.url, dataDir);
    const lines = await Promise.all(
      LINES.map(async ({ system, delay = DELAY }) => {
        const line = openLine(context);
        const url = `http://127.0.0.1:${await line.open(Number(new URL(coordinator.url).port))}`;
        const token = await coordinator.joinToken(system);
        const agent = context.cleanup.use(await joinAgent({ folder: join(folder, system), role: "dp", system, url, token }));
        await waitFor(`${system} to connect`, () => api.isConnected(system));
        await line.shape(RATE, delay);
        return { line, agent };
      }),
    );
    await api.index({ systems: ["NOBODY"] });
    const measured = new Map(LINES.map(({ system }) => [system, [] as Crossed[]]));
    for (const id of rounds) {
      const before = await counts(lines.map(({ line }) => line));
      for (const [i, { suffers }] of LINES.entries()) if (suffers && id === rounds[0]) await lines[i]?.line.suffer(suffers);
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
    return {
      measures: measuresOf(measured),
      facts: [
        `each system has an address and a TCP proxy of its own, ${RATE / 1e6} Mbit/s each way and ${2 * DELAY} ms round trip unless said`,
        "bytes: what entered the line towards the agent; peer: the good line",
      ],
    };
  },
};

interface Crossed {
  seconds: number;
  bytes: number;
}

function measuresOf(measured: Map<string, Crossed[]>): Measure[] {
  const good = measured.get("GOOD") ?? [];
  return LINES.slice(1).flatMap(({ system, what, up = 1 }) => {
    const ours = measured.get(system) ?? [];
    const seconds = (all: readonly Crossed[]) => all.map((one) => one.seconds);
    const bytes = (all: readonly Crossed[]) => all.map((one) => one.bytes);
    return [
      compare(`time, ${what}`, "s", seconds(ours), seconds(good), { of: "ratio", at: "most", value: MOST_TIME / up }),
      compare(`bytes, ${what}`, "bytes", bytes(ours), bytes(good), { of: "ratio", at: "most", value: 1 + MOST_WASTE }),
    ];
  });
}

const counts = (lines: readonly Line[]): Promise<number[]> => Promise.all(lines.map(async (line) => (await line.count()).down));

function writeSite(folder: string, packages: readonly string[], size: number): void {
  const systems = LINES.map(({ system }) => `  ${system}: { site: ABC, roles: [dp], address: { bandwidth: ${RATE / 1e6} Mbit/s } }`);
  const lines = ["sites:", "  ABC: { name: Central, type: primary, server: SITESRV, timeZone: UTC }", "systems:"];
  lines.push("  SITESRV: { site: ABC, roles: [] }", "  NOBODY: { site: ABC, roles: [dp] }", ...systems);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "hierarchy.yaml"), `${lines.join("\n")}\n`);
  for (const id of packages) {
    const source = join(folder, "packages", id, "source");
    mkdirSync(source, { recursive: true });
    const targets = ["NOBODY", ...LINES.map(({ system }) => system)];
    writeFileSync(join(folder, "packages", id, "package.yaml"), `distributionPoints: [${targets.join(", ")}]\n`);
    writeNoiseFile(join(source, "image.wim"), size, id);
  }
}
