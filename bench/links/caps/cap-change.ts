import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../../case.ts";
import { windowRates, type Sample } from "../../link/samples.ts";
import { openWire } from "../../link/wire.ts";
import { compare, oursAtMost } from "../../measure.ts";
import { startBranch } from "../branch.ts";
import { mostAbove } from "../bound.ts";

const STEPS = [
  { what: "16 to 2 Mbit/s", to: "2 Mbit/s", rate: 2_000_000 },
  { what: "2 to 16 Mbit/s", to: "16 Mbit/s", rate: 16_000_000 },
];
/** ms during which each rate is measured. */
const WATCH = 6_000;

export const capChange: Case = {
  name: "cap-change",
  about:
    "`sitewright address set` while a rebuild runs: from the command until a second has 95 % of the new rate and none is above it any more",
  goal: "<= 2 s",
  async run(context) {
    const wire = await openWire(context);
    const bytes = (16e6 / 8) * 6 + context.rounds * (18e6 / 8) * ((WATCH + 2000) / 1000);
    const branch = await startBranch(context, {
      ...wire,
      systems: ["BRANCH1"],
      bandwidth: "16 Mbit/s",
      packages: [{ id: "ABC00001", bytes, systems: ["BRANCH1"] }],
    });
    const rebuild = branch.rebuild(["ABC00001"]);
    rebuild.catch(() => {}); // awaited below
    await sleep(3_000);
    const took = new Map(STEPS.map(({ what }) => [what, [] as number[]]));
    for (let round = 0; round < context.rounds; round++) {
      for (const { what, to, rate } of STEPS) {
        const from = Date.now();
        await branch.setBandwidth(to);
        await sleep(WATCH);
        const seconds = (holdsFrom(wire.samples.since(from), rate) - from) / 1000;
        context.say(`${what}: ${seconds.toFixed(2)} s`);
        took.get(what)?.push(seconds);
      }
    }
    await rebuild;
    return {
      measures: [...took].map(([what, seconds]) =>
        compare(
          { what: what, unit: "s" },
          seconds,
          seconds.map(() => 2),
          oursAtMost(2),
        ),
      ),
      facts: [wire.fact, "counted from the start of the command line, whose own start takes some 0.3 s", "peer: the goal"],
    };
  },
};

/** The beginning of the first second that has 95 % of the rate, with none above it by 3 % or two packets from then on. */
function holdsFrom(samples: readonly Sample[], rate: number): number {
  const windows = windowRates(samples);
  const above = windows.findLastIndex((window) => window.rate > rate + mostAbove(rate));
  return windows.slice(above + 1).find((window) => window.rate >= rate * 0.95)?.from ?? Infinity;
}
