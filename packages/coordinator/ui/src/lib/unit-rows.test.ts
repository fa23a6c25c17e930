import { expect, test } from "vitest";
import { aPhase } from "../test-support.ts";
import { contentOf, unitRows } from "./unit-rows.ts";

const unit = { role: "dp" as const, name: "ABC00001" };
const phases = [aPhase({ id: "s", state: "done" }), aPhase({ id: "a", task: "activate", state: "running" })];

test("a unit's row shows the phase that determines its state; a row without it is not shown", () => {
  const rows = unitRows([
    { system: "SRVSEC", unit, state: "working", phases, current: "a" },
    { system: "DPSEC", unit, state: "working", phases: [], current: "b" },
  ]);
  expect(rows.map(({ key, current }) => [key, current.task])).toEqual([["SRVSEC/dp/ABC00001", "activate"]]);
});

test("the content of a unit is counted once for all of its phases", () => {
  expect(contentOf(phases)).toMatchObject({ totals: { phases: 2, sourceBytes: 1_000 }, bar: { total: 1_000, share: 0 } });
});
