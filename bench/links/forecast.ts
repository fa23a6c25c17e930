import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunForecast } from "../../packages/coordinator/src/app/forecast/forecasts.ts";
import type { Case } from "../case.ts";
import { writeNoiseFile, writeSmallTree } from "../data/trees.ts";
import { changeWanTree, writeWanTree } from "../data/wan-tree.ts";
import { lineFact, openLine, overLine } from "../link/line.ts";
import { compare, median, ratioAtMost } from "../measure.ts";
import { checkDone, startBed, type Bed } from "../ours/bed.ts";
import { addPackage, TARGET, writeSite } from "../ours/site.ts";

const GOAL = 0.1;
/** bit/s, and ms one way. */
const RATE = 8_000_000;
const DELAY = 20;

/** Error of a forecast. */
interface Missed {
  /** From the forecast to the end. */
  seconds: number;
  /** Forecast minus actual time, s. */
  missed: number;
}

export const forecast: Case = {
  name: "forecast",
  about: "a plan, then a rebuild of three packages (a mixed tree with copies, 1,000 small files, two images); 8 Mbit/s, 40 ms round trip",
  goal: `error of the first forecast <= ${GOAL} of the time it took, also where the target holds an older version`,
  async run(context) {
    const folder = context.folder("memory");
    const siteData = join(folder, "site-data");
    writeSite(siteData, { role: "dp", bandwidth: `${RATE / 1e6} Mbit/s` });
    const mixed = addPackage(siteData, "ABC00001");
    const tree = writeWanTree(mixed, 3 * context.scale);
    writeSmallTree(addPackage(siteData, "ABC00002"), 20 * context.scale);
    const images = addPackage(siteData, "ABC00003");
    const writeImage = (name: string, bytes: number, version: number) =>
      writeNoiseFile(join(images, name), Math.floor(bytes / context.scale), `${name} ${version}`);
    writeImage("system.wim", 2_000_000, 0);
    writeImage("tools.wim", 8_000_000, 0);
    const line = openLine(context);
    const bed = await startBed(context, {
      siteData,
      folder: join(folder, "ours"),
      agentUrl: (url) => overLine(line, url),
    });
    await bed.index();

    const empty: Missed[] = [];
    const unplanned: Missed[] = [];
    const older: Missed[] = [];
    for (let round = 0; round < context.rounds; round++) {
      await line.shape(0, 0);
      await bed.freshAgent();
      await line.shape(RATE, DELAY);
      unplanned.push(await rebuild(bed));
      await bed.freshAgent();
      await bed.order("plan");
      empty.push(await rebuild(bed));
      changeWanTree(mixed, tree, round + 1);
      writeImage("tools.wim", 8_000_000, round + 1);
      await bed.order("plan");
      older.push(await rebuild(bed));
      context.say(`round ${round + 1} of ${context.rounds}: ${[empty, older, unplanned].map((side) => describe(side.at(-1))).join(", ")}`);
    }
    const measure = (what: string, side: readonly Missed[], goal = true) =>
      compare(
        { what: what, unit: "s" },
        side.map(({ missed }) => Math.abs(missed)),
        side.map(({ seconds }) => seconds),
        goal ? ratioAtMost(GOAL) : undefined,
      );
    return {
      measures: [
        measure("error against time, empty target", empty),
        measure("error against time, older version held", older),
        measure("error against time, without a plan before", unplanned, false),
      ],
      facts: [
        lineFact(RATE, DELAY),
        `the rebuild of the empty target took ${median(empty.map(({ seconds }) => seconds)).toFixed(1)} s, of what changed ${median(older.map(({ seconds }) => seconds)).toFixed(1)} s`,
        "the error is between the end that was forecast when the rebuild was ordered, and its end; without a plan it is unknown what the target holds, and what the packages hold twice",
      ],
    };
  },
};

const describe = (one: Missed | undefined): string => (one ? `${one.seconds.toFixed(1)} s missed by ${one.missed.toFixed(2)} s` : "");

async function rebuild(bed: Bed): Promise<Missed> {
  const started = await bed.api.start("rebuild", { systems: [TARGET] });
  const ended = await bed.api.end(started);
  checkDone(ended, join(bed.agent.root, "../agent.log"));
  const { first } = await ask<RunForecast>(bed, `/api/v1/runs/${started.id}/forecast`);
  const endedAt = ended.run.endedAt ?? 0;
  if (first?.total.endsAt === undefined) throw new Error(`the run ${started.id} had no forecast: ${JSON.stringify(first)}`);
  return { seconds: (endedAt - first.madeAt) / 1000, missed: (first.total.endsAt - endedAt) / 1000 };
}

async function ask<T>({ coordinator }: Bed, path: string): Promise<T> {
  const token = readFileSync(join(coordinator.dataDir, "operator-token"), "utf8").trim();
  const reply = await fetch(new URL(path, coordinator.url), { headers: { authorization: `Bearer ${token}` } });
  if (!reply.ok) throw new Error(`${path} answered ${reply.status}`);
  return (await reply.json()) as T;
}
