import { expect, test } from "vitest";
import type { PhaseState } from "@sitewright/protocol";
import { aPhase } from "../test-support.ts";
import { contentOf, countByFilter, groupPhases, matches, unitRows } from "./unit-rows.ts";

const unit = (name: string, system: string, stage: Parameters<typeof aPhase>[0], activate: Parameters<typeof aPhase>[0]) => [
  aPhase({ id: `${system} ${name} stage`, system, unit: { role: "dp", name }, ...stage }),
  aPhase({ id: `${system} ${name} activate`, system, unit: { role: "dp", name }, task: "activate", ...activate }),
];

const rows = unitRows([
  ...unit("ABC00001", "SRVSEC", { state: "done" }, { state: "running" }),
  ...unit("ABC00002", "SRVSEC", { state: "failed" }, { state: "skipped" }),
  ...unit("ABC00001", "DPSEC", { state: "done" }, { state: "done" }),
  ...unit("ABC00002", "DPSEC", { state: "waiting" }, { state: "waiting" }),
]);

test("a unit's row shows the phase that matters most", () => {
  expect(rows.map(({ key, state, current }) => [key, state, current.task])).toEqual([
    ["SRVSEC/dp/ABC00001", "running", "activate"],
    ["SRVSEC/dp/ABC00002", "failed", "stage"],
    ["DPSEC/dp/ABC00001", "done", "activate"],
    ["DPSEC/dp/ABC00002", "waiting", "stage"],
  ]);
});

test("a unit of a repair is done when it was right, and when it was repaired", () => {
  const repair = (system: string, ...[verify, stage, activate]: PhaseState[]) => [
    aPhase({ id: `${system} v`, system, task: "verify", state: verify ?? "done", beforeRepair: true }),
    aPhase({ id: `${system} s`, system, task: "stage", state: stage ?? "done", after: `${system} v` }),
    aPhase({ id: `${system} a`, system, task: "activate", state: activate ?? "done", after: `${system} s` }),
  ];
  const repaired = unitRows([
    ...repair("A", "done", "unneeded", "unneeded"),
    ...repair("B", "done", "done", "done"),
    ...repair("C", "done", "waiting", "waiting"),
  ]);
  expect(repaired.map(({ state, current, phases }) => [state, current.task, contentOf(phases).bar.total])).toEqual([
    ["done", "verify", 1_000],
    ["done", "activate", 1_000],
    ["waiting", "stage", 1_000],
  ]);
  expect(repaired.map(({ phases }) => contentOf(phases).bar.share)).toEqual([1, 1, 0]);
});

test("rows are found by state, system and part of a name", () => {
  const found = (filter: Partial<Parameters<typeof matches>[1]>) =>
    rows.filter((row) => matches(row, { state: "all", system: "", text: "", ...filter })).map(({ key }) => key);
  expect(found({ state: "failed" })).toEqual(["SRVSEC/dp/ABC00002"]);
  expect(found({ system: "DPSEC" })).toEqual(["DPSEC/dp/ABC00001", "DPSEC/dp/ABC00002"]);
  expect(found({ text: " abc00001 " })).toEqual(["SRVSEC/dp/ABC00001", "DPSEC/dp/ABC00001"]);
  expect(countByFilter(rows)).toEqual({ all: 4, working: 1, waiting: 1, failed: 1, done: 1 });
});

test("groups are sorted by name, each with its own totals", () => {
  const groups = groupPhases(
    rows.flatMap(({ phases }) => phases),
    ({ system }) => system,
  );
  expect(groups.map(({ key, totals }) => [key, totals.phases, totals.done])).toEqual([
    ["DPSEC", 4, 2],
    ["SRVSEC", 4, 1],
  ]);
});
