import type { Context, Goal, Measure } from "./case.ts";

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new Error("there is no median of an empty list");
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Medians of both sides, their ratio and the result for the goal. */
export function compare({ what, unit }: Pick<Measure, "what" | "unit">, ours: number[], peer: number[], goal?: Goal): Measure {
  const mine = median(ours);
  const theirs = median(peer);
  const ratio = theirs === 0 ? null : mine / theirs;
  return { what, unit, ours: mine, peer: theirs, ratio, ...(goal && { goal }), met: isMet(goal, mine, ratio), rounds: { ours, peer } };
}

export const ratioAtMost = (value: number): Goal => ({ of: "ratio", at: "most", value });
export const ratioAtLeast = (value: number): Goal => ({ of: "ratio", at: "least", value });
export const oursAtLeast = (value: number): Goal => ({ of: "ours", at: "least", value });
export const oursAtMost = (value: number): Goal => ({ of: "ours", at: "most", value });

function isMet(goal: Goal | undefined, ours: number, ratio: number | null): boolean {
  if (!goal) return true;
  const value = goal.of === "ours" ? ours : ratio;
  if (value === null) return false;
  return goal.at === "most" ? value <= goal.value : value >= goal.value;
}

/** How far a measure is from its goal; 1 is on it, more is worse. */
export function strain({ goal, ours, ratio }: Measure): number {
  if (!goal) return 0;
  const value = goal.of === "ours" ? ours : (ratio ?? Infinity);
  if (goal.at === "least") return value === 0 ? Infinity : goal.value / value;
  return goal.value === 0 ? (value === 0 ? 0 : Infinity) : value / goal.value;
}

/** Runs each side once per round, so that changes of the machine's speed affect all of them; the order alternates. */
export async function alternate<Side extends string, T>(
  { rounds, say }: Context,
  sides: Record<Side, (round: number) => Promise<T>>,
  describe: (value: T) => string,
): Promise<Record<Side, T[]>> {
  const names = Object.keys(sides) as Side[];
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Side, T[]>;
  for (let round = 0; round < rounds; round++) {
    const line: string[] = [];
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length] as Side;
      const value = await sides[name](round);
      results[name].push(value);
      line.push(`${name} ${describe(value)}`);
    }
    say(`round ${round + 1} of ${rounds}: ${line.join(", ")}`);
  }
  return results;
}
