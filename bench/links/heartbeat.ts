import type { Case } from "../case.ts";
import { lineFact } from "../link/line.ts";
import { compare, median, oursAtMost } from "../measure.ts";
import { startOneSystem } from "./one-system.ts";
import { EVERY_MS, tripsDuring } from "./trips.ts";

const RATE = 256_000;
const DELAY = 40;
const BYTES = 640_000;

export const heartbeat: Case = {
  name: "heartbeat",
  about: "heartbeats of WebSockets over a line of 256 kbit/s that content of one system saturates; its address states the same",
  goal: "the longest round trip <= 1 s",
  async run(context) {
    const { branch, line, url, rounds } = await startOneSystem(context, "256 kbit/s", BYTES);
    await line.shape(RATE, DELAY);
    const longest: number[] = [];
    const typical: number[] = [];
    for (const id of rounds) {
      const trips = await tripsDuring(url, branch.rebuild([id]));
      longest.push(Math.max(...trips.map(({ ms }) => ms)) / 1000);
      typical.push(median(trips.map(({ ms }) => ms)));
      context.say(`${trips.length} heartbeats, the longest ${longest.at(-1)?.toFixed(2)} s`);
    }
    return {
      measures: [
        compare(
          { what: "longest round trip", unit: "s" },
          longest,
          longest.map(() => 1),
          oursAtMost(1),
        ),
      ],
      facts: [
        lineFact(RATE, DELAY),
        `a heartbeat every ${EVERY_MS} ms; median ${typical.map((ms) => ms.toFixed(0)).join(", ")} ms`,
        "peer: the goal",
      ],
    };
  },
};
