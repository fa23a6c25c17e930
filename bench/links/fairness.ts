import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../case.ts";
import { openLine, overLine, type Line } from "../link/line.ts";
import { compare, oursAtLeast } from "../measure.ts";
import { startBranch } from "./branch.ts";

const SYSTEMS = ["BRANCH1", "BRANCH2", "BRANCH3", "BRANCH4"];
const RATE = 16_000_000;
const EACH_BYTES = 5_000_000;
const LOOK_MS = 100;

export const fairness: Case = {
  name: "fairness",
  about:
    "four systems behind one line of 16 Mbit/s, each with a package of its own of 5 MB: what each had between 10 and 90 % of all bytes",
  goal: "Jain's index >= 0.98",
  async run(context) {
    const lines: Line[] = [];
    const rounds = Array.from({ length: context.rounds }, (_, round) => round);
    const id = (round: number, system: number): string => `ABC${String(round).padStart(2, "0")}00${system}`;
    const branch = await startBranch(context, {
      systems: SYSTEMS,
      bandwidth: "16 Mbit/s",
      packages: rounds.flatMap((round) => SYSTEMS.map((name, i) => ({ id: id(round, i), bytes: EACH_BYTES, systems: [name] }))),
      async agentUrl(url) {
        const line = openLine(context);
        lines.push(line);
        return overLine(line, url);
      },
    });
    const indexes: number[] = [];
    for (const round of rounds) {
      const counts = await countsDuring(lines, branch.rebuild(SYSTEMS.map((_, i) => id(round, i))));
      const shares = sharesOfTheMiddle(counts);
      indexes.push(jain(shares));
      context.say(
        `round ${round + 1}: ${shares.map((bytes) => `${(bytes / 1e6).toFixed(2)} MB`).join(", ")}: ${indexes.at(-1)?.toFixed(4)}`,
      );
    }
    return {
      measures: [
        compare(
          { what: "Jain's index", unit: "index" },
          indexes,
          indexes.map(() => 1),
          oursAtLeast(0.98),
        ),
      ],
      facts: [
        `counted at a proxy of its own for each system, none of which is a limit; the address has ${RATE / 1e6} Mbit/s`,
        "peer: 1, all equal",
      ],
    };
  },
};

async function countsDuring(lines: readonly Line[], work: Promise<unknown>): Promise<number[][]> {
  const counts: number[][] = [];
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  while (!isOver) {
    counts.push(await Promise.all(lines.map(async (line) => (await line.count()).down)));
    await sleep(LOOK_MS);
  }
  await over;
  return counts;
}

function sharesOfTheMiddle(counts: readonly number[][]): number[] {
  const sum = (values: readonly number[] | undefined): number => values?.reduce((a, b) => a + b, 0) ?? 0;
  const first = sum(counts[0]);
  const all = sum(counts.at(-1)) - first;
  const middle = counts.filter((values) => sum(values) - first >= all * 0.1 && sum(values) - first <= all * 0.9);
  return (middle.at(-1) ?? []).map((value, i) => value - (middle[0]?.[i] ?? 0));
}

function jain(values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  return sum ** 2 / (values.length * values.reduce((a, b) => a + b * b, 0));
}
