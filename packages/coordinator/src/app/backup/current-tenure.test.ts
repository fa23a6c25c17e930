import { expect, test } from "vitest";
import { LIMITS, type Tenure } from "@sitewright/protocol";
import { silent } from "../../../test-support/redis/redis-fixture.ts";
import { createCurrentTenure } from "./current-tenure.ts";

const NOW = 1_800_000_000_000;

function aTenure({ isOneOfSeveral = true, keep = async (): Promise<void> => undefined } = {}) {
  const kept: Tenure[] = [];
  const tenure = createCurrentTenure({
    tenure: { restored: 5, started: NOW - 1_000 },
    isOneOfSeveral: () => isOneOfSeveral,
    keep: (next) => (kept.push(next), keep()),
    clock: () => NOW,
    log: silent,
  });
  return { tenure, kept };
}

test("the tenure of one that leads again exceeds that of another one on its Redis, which agents met meanwhile", () => {
  const { tenure, kept } = aTenure();
  expect(tenure.exceed({ restored: 5, started: NOW })).toBe(true);
  expect(tenure.now()).toEqual({ restored: 5, started: NOW + 1 });
  // The next agents that met it change nothing any more.
  expect(tenure.exceed({ restored: 5, started: NOW })).toBe(true);
  expect(kept).toEqual([{ restored: 5, started: NOW + 1 }]);
});

test("a coordinator that is alone on its Redis never takes the place of one with the same keys that started later", () => {
  const { tenure, kept } = aTenure({ isOneOfSeveral: false });
  expect(tenure.exceed({ restored: 5, started: NOW })).toBe(false);
  expect(tenure.now().started).toBe(NOW - 1_000);
  expect(kept).toEqual([]);
});

test("a coordinator that was restored later is not exceeded", () => {
  const { tenure } = aTenure();
  expect(tenure.exceed({ restored: 6, started: 0 })).toBe(false);
  expect(tenure.now().restored).toBe(5);
});

test("an agent that states a tenure far ahead does not use up the numbers of later starts", () => {
  const { tenure } = aTenure();
  expect(tenure.exceed({ restored: 5, started: LIMITS.tenure - 2 })).toBe(false);
  expect(tenure.now().started).toBe(NOW - 1_000);
});

test("agents follow also if the tenure cannot be stored at this moment", async () => {
  const { tenure } = aTenure({ keep: () => Promise.reject(new Error("the disk is full")) });
  expect(tenure.exceed({ restored: 5, started: NOW })).toBe(true);
  await Promise.resolve();
  expect(tenure.now().started).toBe(NOW + 1);
});
