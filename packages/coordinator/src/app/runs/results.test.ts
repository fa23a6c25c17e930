import { expect, test } from "vitest";
import type { Result } from "@sitewright/protocol";
import { aPhase } from "../../../test-support/fakes.ts";
import { createResults, type ResultsDeps } from "./results.ts";

test("the result of a phase that an open run does not have, left in Redis by a plan that is made once more, changes nothing", async () => {
  const left = aPhase({ state: "waiting" });
  const called: string[] = [];
  const note = (what: string) => () => void called.push(what);
  const results = createResults({
    board: { find: () => undefined, runs: () => new Map([[left.run, {}]]), change: note("a change") },
    runStore: { phase: () => Promise.resolve(left) },
    fleet: { apply: note("of what is held") },
    log: { warn: note("a warning") },
  } as unknown as ResultsDeps);
  const { id: orderId, epoch, system, unit, generation } = left;
  const outcome: Result["outcome"] = { kind: "staged", files: 1, reusedBytes: 0, fetchedBytes: 1, retriedBytes: 0 };
  await results(system, { kind: "result", number: 1, orderId, epoch, unit, generation, outcome });
  expect(called).toEqual(["a warning"]);
});
