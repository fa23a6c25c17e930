import type { Case, Context, Measure } from "../../case.ts";
import { meanRate, middlePart, windowRates } from "../../link/samples.ts";
import { openWire, type Wire } from "../../link/wire.ts";
import { compare, oursAtLeast, oursAtMost } from "../../measure.ts";
import { mostAbove } from "../bound.ts";
import { startBranch, type Branch } from "../branch.ts";

/** Each with how long it is measured, s. */
const BUDGETS = [
  { name: "64 kbit/s", rate: 64_000, seconds: 20 },
  { name: "2 Mbit/s", rate: 2_000_000, seconds: 8 },
  { name: "16 Mbit/s", rate: 16_000_000, seconds: 6 },
  { name: "200 Mbit/s", rate: 200_000_000, seconds: 5 },
];

export const capKept: Case = {
  name: "cap-kept",
  about: "one system behind a line with a budget; IP bytes towards it in every second of a rebuild",
  goal: "no second above the budget and max(3 %, two packets); used >= 95 % while there is work",
  async run(context) {
    const wire = await openWire(context);
    const rounds = Array.from({ length: context.rounds }, (_, round) => round);
    const id = (budget: number, round: number): string => `ABC${budget}00${String(round).padStart(2, "0")}`;
    const branch = await startBranch(context, {
      ...wire,
      systems: ["BRANCH1"],
      bandwidth: "100 Mbit/s",
      packages: BUDGETS.flatMap(({ rate, seconds }, i) =>
        rounds.map((round) => ({ id: id(i, round), bytes: (rate / 8) * Math.max(4, seconds / context.scale), systems: ["BRANCH1"] })),
      ),
    });
    const measures: Measure[] = [];
    const facts = [wire.fact];
    for (const [i, budget] of BUDGETS.entries()) {
      const runs = [];
      for (const round of rounds) runs.push(await measure(context, { wire, branch, budget, id: id(i, round) }));
      const stated = runs.map(() => budget.rate / 1e6);
      const most = budget.rate + mostAbove(budget.rate);
      measures.push(
        compare(
          { what: `most in 1 s at ${budget.name}`, unit: "Mbit/s" },
          runs.map(({ max }) => max / 1e6),
          stated,
          oursAtMost(most / 1e6),
        ),
        compare(
          { what: `used at ${budget.name}`, unit: "share" },
          runs.map(({ mean }) => mean / budget.rate),
          runs.map(() => 1),
          oursAtLeast(0.95),
        ),
      );
      facts.push(`${budget.name}: mean ${(runs.reduce((sum, { mean }) => sum + mean, 0) / runs.length / 1e3).toFixed(1)} kbit/s`);
    }
    return { measures, facts: [...facts, "peer: the stated budget"] };
  },
};

interface Part {
  wire: Wire;
  branch: Branch;
  budget: (typeof BUDGETS)[number];
  id: string;
}

async function measure(context: Context, { wire, branch, budget, id }: Part): Promise<{ max: number; mean: number }> {
  await branch.setBandwidth(budget.name);
  const from = Date.now();
  await branch.rebuild([id]);
  const samples = wire.samples.since(from);
  const max = Math.max(...windowRates(samples).map(({ rate }) => rate));
  const mean = meanRate(middlePart(samples, 0.1, 0.95));
  context.say(
    `${budget.name}: most in a second ${((max / budget.rate) * 100).toFixed(1)} %, mean ${((mean / budget.rate) * 100).toFixed(1)} %`,
  );
  return { max, mean };
}
