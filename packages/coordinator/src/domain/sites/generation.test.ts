import { expect, test } from "vitest";
import { isPlausibleGeneration, LIMITS } from "@sitewright/protocol";
import { highestGeneration, isCredible, nextGeneration } from "./generation.ts";

const NOW = Date.UTC(2026, 0, 1) * 1000;
const HOUR = 3600 * 1_000_000;

test("generations rise above everything witnessed and never fall below the clock", () => {
  expect(nextGeneration([], 500)).toEqual({ epoch: 1, counter: 500 });
  expect(nextGeneration([{ epoch: 1, counter: 900 }, undefined], 500)).toEqual({ epoch: 1, counter: 901 });
  expect(
    nextGeneration(
      [
        { epoch: 3, counter: 2 },
        { epoch: 1, counter: 900 },
      ],
      500,
    ),
  ).toEqual({ epoch: 3, counter: 500 });
  expect(highestGeneration([undefined])).toBeUndefined();
});

test("a witnessed generation that no order can have does not count", () => {
  const absurd = { epoch: 4_294_967_295, counter: Number.MAX_SAFE_INTEGER };
  expect(nextGeneration([absurd, { epoch: 1, counter: NOW + 5 }], NOW)).toEqual({ epoch: 1, counter: NOW + 6 });
});

test("above the last number of an epoch there is still a generation that agents accept", () => {
  const next = nextGeneration([{ epoch: 1, counter: LIMITS.generationCounter }], NOW);
  expect(next).toEqual({ epoch: 2, counter: NOW });
  expect(isPlausibleGeneration(next)).toBe(true);
});

test.each([
  ["the time of the coordinator's clock", { epoch: 1, counter: NOW }, true],
  ["a clock that is hours ahead", { epoch: 1, counter: NOW + 23 * HOUR }, true],
  ["a clock that is two days ahead", { epoch: 1, counter: NOW + 48 * HOUR }, false],
  ["the epoch of many recoveries", { epoch: 900, counter: NOW }, true],
  ["an epoch that leaves no room for recoveries", { epoch: LIMITS.generationEpoch, counter: NOW }, false],
])("an agent's statement of %s is accepted or not", (_, stated, credible) => {
  expect(isCredible(stated, NOW)).toBe(credible);
});
