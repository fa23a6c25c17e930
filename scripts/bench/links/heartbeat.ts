import type { Case } from "../case.ts";
import { lineFact, openLine } from "../link/line.ts";
import { compare, median, oursAtMost } from "../measure.ts";
import { startBranch } from "./branch.ts";
import { EVERY_MS, tripsDuring } from "./trips.ts";

const RATE = 256_000;
const DELAY = 40;
const BYTES = 640_000;

export const heartbeat: Case = {
  name: "heartbeat",
  about: "heartbeats of WebSockets over a line of 256 kbit/s that content of one system saturates; its address states the same",
  goal: "the longest round trip <= 1 s",
  async run(context) {
    const line = openLine(context);
    await line.shape(0, 0);
    const rounds = Array.from({ length: context.rounds }, (_, round) => `ABC000${String(round).padStart(2, "0")}`);
    let url = "";
    const branch = await startBranch(context, {
      systems: ["BRANCH1"],
      bandwidth: "256 kbit/s",
      packages: rounds.map((id) => ({ id, bytes: BYTES, systems: ["BRANCH1"] })),
      agentUrl: async (coordinator) => (url = `http://127.0.0.1:${await line.open(Number(new URL(coordinator).port))}`),
    });
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
          "longest round trip",
          "s",
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
