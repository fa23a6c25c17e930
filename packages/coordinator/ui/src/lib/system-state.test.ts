import { expect, test } from "vitest";
import { aPhase, aRun, aSystem, aView } from "../test-support.ts";
import { systemState } from "./system-state.ts";

const rebuild = (...states: Parameters<typeof aPhase>[0][]) =>
  aView(
    aRun(),
    states.map((phase) => aPhase(phase)),
  );

test.each([
  ["no roles", aSystem({ roles: [] }), [], "idle"],
  ["never seen", aSystem({ connected: false }), [], "unjoined"],
  ["away, whatever it did before", aSystem({ connected: false, lastSeen: 3 }), [rebuild({ state: "done" })], "away"],
  ["connected and nothing done", aSystem(), [], "connected"],
  ["working beside a failure", aSystem(), [rebuild({ state: "failed" }, { state: "running" })], "working"],
  ["a failure and nothing in progress", aSystem(), [rebuild({ state: "done" }, { state: "failed" })], "failed"],
  ["nothing to do for it", aSystem(), [rebuild({ state: "done" }, { state: "unneeded" })], "rebuilt"],
  ["everything assigned done", aSystem(), [rebuild({ state: "done" })], "rebuilt"],
  ["a unit that no run was about", aSystem({ assigned: ["dp/ABC00001", "dp/ABC00002"] }), [rebuild({ state: "done" })], "connected"],
  ["work of others", aSystem(), [rebuild({ system: "DPSEC", state: "failed" })], "connected"],
] as const)("a system with %s", (_, system, views, state) => {
  expect(systemState(system, [...views])).toBe(state);
});

test("the newest run about a unit decides, and an undone rebuild does not count as a rebuild", () => {
  const done = aView(aRun({ id: "new" }), [aPhase({ run: "new", state: "done" })]);
  const undone = aView(aRun({ id: "undo", kind: "undo" }), [aPhase({ run: "undo", task: "undo", state: "done" })]);
  expect(systemState(aSystem(), [done, rebuild({ state: "failed" })])).toBe("rebuilt");
  expect(systemState(aSystem(), [undone, done])).toBe("connected");
});
