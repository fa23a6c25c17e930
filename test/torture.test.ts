import { expect, test } from "vitest";
import { torture } from "./torture/torture.ts";

const MINUTE = 60_000;
const SEED = 1;

test(
  "in a minute in which programs are killed and stopped at random, nothing is lost, nothing is done twice and no client sees anything wrong",
  async () => {
    const began: string[] = [];
    const { checks, facts } = await torture({ seed: SEED, durationMs: MINUTE, tell: (line) => began.push(line) });
    const violated = checks.filter(({ violations }) => violations.length > 0);
    expect(violated, `${facts}\n${began.join("\n")}`).toEqual([]);
  },
  10 * MINUTE,
);
