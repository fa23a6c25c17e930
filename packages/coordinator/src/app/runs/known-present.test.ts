import { expect, test } from "vitest";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { readKnownPresent } from "./prepare.ts";

const outcome = { kind: "estimated" as const, files: 1, sourceBytes: 100, presentBytes: 40, indexAgeMs: 0 };
const estimate = aPhase({ task: "estimate", system: "S1", manifest: "m", state: "done", endedAt: 50, outcome });

/** What is known of S1, whose agent has been connected since `since`. */
async function known(since: number, plans = [estimate]) {
  const runStore = {
    runs: async () => plans.map(({ run }) => aRun({ id: run, kind: "plan" })),
    phases: async (run: string) => plans.filter((plan) => plan.run === run),
  };
  const links = { agent: () => ({ system: "S1", since }) };
  const fleet = { heldUnit: () => undefined };
  const present = await readKnownPresent({ runStore, links, fleet } as never, () => 100);
  return present("S1", "dp/ABC00001", "m");
}

test("the newest plan counts, for the content it covered, and only while its agent stays connected", async () => {
  expect(await known(49)).toBe(40);
  // It may have reconnected with another disk.
  expect(await known(51)).toBeUndefined();
  expect(await known(49, [{ ...estimate, manifest: "other" }])).toBeUndefined();
  const newer = { ...estimate, run: "run-2", outcome: { ...outcome, presentBytes: 70 } };
  expect(await known(49, [newer, estimate])).toBe(70);
});
