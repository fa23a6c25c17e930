import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../case.ts";
import { lineFact } from "../link/line.ts";
import { compare, oursAtMost } from "../measure.ts";
import type { Branch } from "./branch.ts";
import { startOneSystem } from "./one-system.ts";
import { tripsDuring } from "./trips.ts";

const RATE = 512_000;
const DELAY = 40;
const BYTES = 1_500_000;
/** ms until what waited before the line at its detection has been sent. */
const SETTLED_MS = 3_000;
/** Interval at which a line's budget is read again, ms. */
const FORGET_MS = 1_000;
/** ms between two requests of the address, until the rate is shown and afterwards. */
const LOOK_MS = 100;
const SLOW_LOOK_MS = 2_000;

export const slowerLine: Case = {
  name: "slower-line",
  about: "a line of 512 kbit/s whose address states 2 Mbit/s: until the address says so, and heartbeats from then on",
  goal: "said within 10 s; what is said within 25 % of the line; heartbeats <= 1 s",
  async run(context) {
    const { branch, line, url, rounds } = await startOneSystem(context, "2 Mbit/s", BYTES);
    const [said, carried, longest]: [number[], number[], number[]] = [[], [], []];
    for (const id of rounds) {
      // A budget below the measured rate resets what was measured in the previous round.
      await line.shape(0, 0);
      await branch.setBandwidth("256 kbit/s");
      await sleep(FORGET_MS);
      await branch.setBandwidth("2 Mbit/s");
      await line.shape(RATE, DELAY);
      const from = Date.now();
      const rebuild = branch.rebuild([id]);
      const found = saidDuring(branch, rebuild);
      const trips = await tripsDuring(url, rebuild);
      const { at, carries } = await found;
      said.push((at - from) / 1000);
      carried.push(carries / RATE);
      longest.push(Math.max(0, ...trips.filter((trip) => trip.at > at + SETTLED_MS).map(({ ms }) => ms)) / 1000);
      context.say(
        `said after ${said.at(-1)?.toFixed(1)} s: ${(carries / 1000).toFixed(0)} kbit/s; then at most ${longest.at(-1)?.toFixed(2)} s`,
      );
    }
    return {
      measures: [
        compare(
          { what: "until it is said", unit: "s" },
          said,
          said.map(() => 10),
          oursAtMost(10),
        ),
        compare(
          { what: "said, of the line", unit: "share" },
          carried,
          carried.map(() => 1),
          oursAtMost(1.25),
        ),
        compare(
          { what: "longest round trip", unit: "s" },
          longest,
          longest.map(() => 1),
          oursAtMost(1),
        ),
      ],
      facts: [lineFact(RATE, DELAY), "peer: the goal, and the line itself"],
    };
  },
};

/** When it was first shown, and the last value shown. */
async function saidDuring(branch: Branch, rebuild: Promise<unknown>): Promise<{ at: number; carries: number }> {
  const said = { at: Infinity, carries: 0 };
  let isOver = false;
  rebuild.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  while (!isOver) {
    const { carries } = await branch.address();
    if (carries !== undefined) Object.assign(said, { at: Math.min(said.at, Date.now()), carries });
    await sleep(said.at === Infinity ? LOOK_MS : SLOW_LOOK_MS);
  }
  return said;
}
