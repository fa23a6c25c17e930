import { expect, test } from "vitest";
import { aChange, anOverview, aPhase, aRun, aSystem, aView } from "../test-support.ts";
import { foldOverview, foldRun } from "./fold.ts";

test("a change replaces the phases it names, adds new ones in the order of the plan, and recomputes the totals", () => {
  const view = aView(aRun(), [aPhase({ id: "a", number: 0 }), aPhase({ id: "c", number: 2 })]);
  const folded = foldRun(
    view,
    aChange(11, {
      phases: [aPhase({ id: "b", number: 1 }), aPhase({ id: "c", number: 2, state: "done" }), aPhase({ id: "x", run: "run-2" })],
    }),
  );
  expect(folded.phases.map(({ id, state }) => [id, state])).toEqual([
    ["a", "waiting"],
    ["b", "waiting"],
    ["c", "done"],
  ]);
  expect(folded.totals).toMatchObject({ phases: 3, done: 1, waiting: 2 });
  expect(folded.sequence).toBe(11);
});

test("a change that the snapshot includes already, or that is about other runs, leaves a run as it is", () => {
  const view = aView(aRun(), [aPhase()]);
  expect(foldRun(view, aChange(10, { phases: [aPhase({ state: "failed" })] }))).toBe(view);
  expect(foldRun(view, aChange(11, { runs: [aRun({ id: "run-2" })] }))).toBe(view);
});

test("a change updates connected and disconnected agents, and runs newest first", () => {
  const before = anOverview({
    systems: [aSystem({ connected: true, since: 5 }), aSystem({ name: "DPSEC" })],
    runs: [aRun({ id: "old", createdAt: 1 })],
  });
  const after = foldOverview(
    before,
    aChange(11, {
      systems: [{ name: "SRVSEC", connected: false, lastSeen: 7 }],
      runs: [aRun({ id: "new", createdAt: 2 }), aRun({ id: "old", createdAt: 1, state: "done" })],
    }),
  );
  expect(after.systems[0]).toMatchObject({ connected: false, lastSeen: 7 });
  expect(after.systems[0]).not.toHaveProperty("since");
  expect(after.systems[1]).toBe(before.systems[1]);
  expect(after.runs.map(({ id, state }) => [id, state])).toEqual([
    ["new", "running"],
    ["old", "done"],
  ]);
});

test("a change of what a system holds replaces the units it names, or all of them", () => {
  const held = (name: string, sourceVersion: number) => ({ unit: { role: "dp" as const, name }, previous: false, sourceVersion });
  const before = anOverview({ systems: [aSystem({ held: [held("ABC00001", 1), held("ABC00002", 1)] }), aSystem({ name: "DPSEC" })] });
  const after = (all: boolean) => foldOverview(before, aChange(11, { held: [{ system: "SRVSEC", units: [held("ABC00002", 2)], all }] }));
  expect(after(false).systems[0]?.held).toEqual([held("ABC00001", 1), held("ABC00002", 2)]);
  expect(after(true).systems[0]?.held).toEqual([held("ABC00002", 2)]);
  expect(after(true).systems[1]).toBe(before.systems[1]);
});

test("a change sets an agent's warnings, and removes them again", () => {
  const before = anOverview({ systems: [aSystem(), aSystem({ name: "DPSEC" })] });
  const warned = foldOverview(before, aChange(11, { warnings: { DPSEC: ["held"] } }));
  expect(warned.systems.map(({ warnings }) => warnings)).toEqual([undefined, ["held"]]);
  const mended = foldOverview(warned, aChange(12, { warnings: { DPSEC: [] } }));
  expect(mended.systems.every((system) => !("warnings" in system))).toBe(true);
});
