import { expect, test } from "vitest";
import { failedIn, reported, skipReason, toBeOrdered, viewOf, type Rollout } from "./rollout.ts";

const ROLLOUT: Rollout = {
  id: "u1",
  version: "0.2.0",
  packages: { "linux-x64": "aa" },
  systems: ["A", "B", "C", "D", "E"],
  wave: 2,
  by: "anna",
  at: 1,
  updated: [],
  failed: {},
};
const with020 = (rollout: Rollout, ...systems: string[]): Rollout =>
  systems.reduce((all, system) => reported(all, { system, version: "0.2.0" }), rollout);

test("a wave begins when all agents of the wave before have reported the version, in whatever order", () => {
  expect(toBeOrdered(ROLLOUT)).toEqual(["A", "B"]);
  const one = with020(ROLLOUT, "B");
  expect(toBeOrdered(one)).toEqual(["A"]);
  const two = with020(one, "A");
  expect(toBeOrdered(two)).toEqual(["C", "D"]);
  expect(viewOf(two).systems.map(({ system, wave, state }) => `${system} ${wave} ${state}`)).toEqual([
    "A 1 updated",
    "B 1 updated",
    "C 2 ordered",
    "D 2 ordered",
    "E 3 waiting",
  ]);
  const all = with020(two, "C", "D", "E");
  expect([viewOf(all).state, toBeOrdered(all)]).toEqual(["done", []]);
});

test("an agent that reports an earlier version has not been updated, one with a later version has", () => {
  expect(reported(ROLLOUT, { system: "A", version: "0.1.9" })).toBe(ROLLOUT);
  expect(reported(ROLLOUT, { system: "X", version: "0.2.0" })).toBe(ROLLOUT);
  expect(reported(ROLLOUT, { system: "A", version: "0.10.0" }).updated).toEqual(["A"]);
});

test("an agent that failed halts the rollout: the rest of its wave is updated, and no further wave begins", () => {
  const failed = failedIn(ROLLOUT, "A", "it ended with 1");
  expect([viewOf(failed).state, toBeOrdered(failed)]).toEqual(["halted", ["B"]]);
  const rest = with020(failed, "B");
  expect([viewOf(rest).state, toBeOrdered(rest)]).toEqual(["halted", []]);
  expect(viewOf(rest).systems[0]).toEqual({ system: "A", wave: 1, state: "failed", why: "it ended with 1" });
  // An administrator installed the version there.
  expect(toBeOrdered(with020(rest, "A"))).toEqual(["C", "D"]);
});

test("a failure of a system that nobody ordered to update is ignored", () => {
  expect(failedIn(ROLLOUT, "C", "x")).toBe(ROLLOUT);
  expect(failedIn(ROLLOUT, "X", "x")).toBe(ROLLOUT);
});

test("a cancelled rollout orders nothing more", () => {
  const cancelled: Rollout = { ...ROLLOUT, cancelled: true };
  expect([viewOf(cancelled).state, toBeOrdered(cancelled)]).toEqual(["cancelled", []]);
});

test.each([
  ["is away", undefined, "it is not connected"],
  ["has the version", { system: "A", version: "0.2.0", target: "linux-x64" }, "it has version 0.2.0"],
  ["has a later one", { system: "A", version: "0.2.1" }, "it has version 0.2.1"],
  ["is no single executable", { system: "A", version: "0.1.0" }, "it is no single executable"],
  ["has another system", { system: "A", version: "0.1.0", target: "win-x64" }, "has no package of version 0.2.0 for win-x64"],
])("an agent that %s is left out with that reason", (_, agent, why) => {
  expect(skipReason(agent, ROLLOUT)).toContain(why);
});

test("an agent that is older and for which there is a package is to be updated", () => {
  expect(skipReason({ system: "A", version: "0.1.0", target: "linux-x64" }, ROLLOUT)).toBeUndefined();
});
