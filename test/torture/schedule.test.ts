import { expect, test } from "vitest";
import { makeSchedule } from "./schedule.ts";

const SCENE = { systems: ["A", "B"], servers: ["coordinator"], clocks: [], units: 5 };
const MINUTE = 60_000;

test("a seed gives the same schedule again, and another seed another one", () => {
  expect(makeSchedule(1, MINUTE, SCENE)).toEqual(makeSchedule(1, MINUTE, SCENE));
  expect(makeSchedule(1, MINUTE, SCENE)).not.toEqual(makeSchedule(2, MINUTE, SCENE));
});

test("a longer schedule begins as a shorter one does, and acts are in the order of their times", () => {
  const long = makeSchedule(3, 2 * MINUTE, SCENE);
  expect(long.filter(({ at }) => at < MINUTE)).toEqual(makeSchedule(3, MINUTE, SCENE));
  expect(long.map(({ at }) => at)).toEqual(long.map(({ at }) => at).toSorted((a, b) => a - b));
});

test("half an hour kills every program, and more than 500 times in all", () => {
  const kills = makeSchedule(4, 30 * MINUTE, SCENE).flatMap(({ act }) => (act.kind === "kill" ? [act.victim] : []));
  expect(kills.length).toBeGreaterThan(500);
  expect(new Set(kills)).toEqual(new Set(["A", "B", "coordinator"]));
});
