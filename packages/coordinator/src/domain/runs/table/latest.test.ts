import { expect, test } from "vitest";
import type { RunKind } from "@sitewright/protocol";
import { aPhase } from "../../../../../protocol/test-support/phases.ts";
import { finish } from "../../slices.ts";
import type { Phase } from "../run.ts";
import { isAbout, latestRows, workState } from "./latest.ts";
import { tableOf } from "./run-table.ts";

/** A run of phases of one unit each, unless they say otherwise. */
function aRecent(kind: RunKind, ...phases: Partial<Phase>[]) {
  const all = phases.map((phase, number) => ({
    ...aPhase({ id: `${number}`, number }),
    unit: { role: "dp" as const, name: `ABC0000${number}` },
    ...phase,
  }));
  return { kind, table: finish(tableOf(all)) };
}

const stateAfter = (assigned: string[], ...runs: ReturnType<typeof aRecent>[]) => workState(latestRows(runs, "SRV1"), assigned);

test.each([
  ["nothing done", [], undefined],
  ["a failure beside work that is going on", [aRecent("rebuild", { state: "failed" }, { state: "running" })], "working"],
  ["an order that was sent", [aRecent("rebuild", { state: "released" })], "working"],
  ["a failure and nothing in progress", [aRecent("rebuild", { state: "done" }, { state: "failed" })], "failed"],
  ["everything done", [aRecent("rebuild", { state: "done" }, { state: "unneeded" })], "rebuilt"],
  ["everything proved", [aRecent("verify", { state: "done" }, { state: "done" })], "rebuilt"],
  ["a unit that no run was about", [aRecent("rebuild", { state: "done" })], undefined],
  ["work of others", [aRecent("rebuild", { system: "SRV2", state: "failed" })], undefined],
  ["something removed", [aRecent("remove", { state: "done" }, { state: "done" })], undefined],
] as const)("a system with %s", (_, runs, state) => {
  expect(stateAfter(["dp/ABC00000", "dp/ABC00001"], ...runs)).toBe(state);
});

test("a system to which nothing is assigned is not rebuilt, whatever runs did on it", () => {
  expect(stateAfter([], aRecent("rebuild", { state: "done" }))).toBeUndefined();
});

test("the newest run about a unit decides, and an undone rebuild does not count as a rebuild", () => {
  const unit = ["dp/ABC00000"];
  const done = aRecent("rebuild", { state: "done" });
  expect(stateAfter(unit, done, aRecent("rebuild", { state: "failed" }))).toBe("rebuilt");
  expect(stateAfter(unit, aRecent("undo", { task: "undo", state: "done" }), done)).toBeUndefined();
});

test("a run is about the units of its systems, and about no other", () => {
  const runs = [aRecent("rebuild", {}), aRecent("rebuild", { system: "SRV2" })];
  expect(isAbout(runs, "SRV2", "dp/ABC00000")).toBe(true);
  expect([isAbout(runs, "SRV2", "dp/ABC00001"), isAbout(runs, "SRV3", "dp/ABC00000"), isAbout([], "SRV1", "dp/ABC00000")]).toEqual([
    false,
    false,
    false,
  ]);
});
