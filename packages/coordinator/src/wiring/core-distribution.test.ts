import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import type { Held, Order, Outcome, RunKind } from "@sitewright/protocol";
import type { RunOptions } from "../domain/runs/run.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { success } from "../../test-support/core-fleet.ts";
import { aReport } from "../../../protocol/test-support/reports.ts";

const at = useCore();
const orders = () =>
  at.fleet.orders().map(({ system, order: { task } }) => `${system} ${task.kind}${"full" in task ? ` ${task.full}` : ""}`);

/** What the agents of these tests find: on S1 nothing is missing, on S2 and A1 a part of the package is. */
const answer = (order: Order, system: string): Outcome =>
  order.task.kind === "verify"
    ? aReport(system === "S1" ? { bytes: 100 } : { bytes: 40, counts: { missing: 1 } })
    : order.task.kind === "stage" && system === "S1"
      ? { kind: "staged", files: 2, reusedBytes: 100, fetchedBytes: 0, retriedBytes: 0 }
      : success(order);

/** The site data of the fixture state version 1. */
const copy = (sourceVersion: number): Held => ({
  unit: { role: "dp", name: "ABC00001" },
  live: { generation: { epoch: 1, counter: 1 }, manifest: "a".repeat(64) },
  previous: false,
  sourceVersion,
});

async function done(kind: RunKind, options: Partial<RunOptions>, state: "done" | "failed" = "done") {
  const run = await at.core.operations.start(ANNA, kind, options);
  await at.reaches(run.id, state);
  return at.core.operations.run(run.id);
}

test("a redistribution proves every byte at the site, fetches what is missing, and has what is right there held again", async () => {
  await at.fleet.connect("A1", "S1", "S2");
  at.fleet.answer = answer;
  const { phases, totals } = await done("redistribute", { sites: ["SEC"] });
  expect(orders().filter((line) => line.startsWith("S1"))).toEqual(["S1 verify true", "S1 stage false", "S1 activate"]);
  expect(orders().filter((line) => line.startsWith("S2"))).toEqual(["S2 verify true", "S2 stage false", "S2 activate"]);
  expect(orders().filter((line) => line.startsWith("A1"))).toEqual([]);
  expect(phases.map(({ state }) => state)).toEqual(Array(6).fill("done"));
  expect(totals).toMatchObject({ units: 2, sourceBytes: 200, reusedBytes: 140, fetchedBytes: 60, unneeded: 0 });
});

test("a redistribution without packages named brings the CAP's advertisements too, before the packages", async () => {
  await at.fleet.connect("A1");
  at.fleet.answer = answer;
  const { phases } = await done("redistribute", { sites: ["ABC"] });
  expect(phases.map(({ unit, task }) => `${unit.name} ${task}`)).toEqual([
    "CAP_ABC verify",
    "CAP_ABC stage",
    "CAP_ABC activate",
    "ABC00001 verify",
    "ABC00001 stage",
    "ABC00001 activate",
  ]);
  const named = await done("redistribute", { sites: ["ABC"], packages: ["ABC00001"] });
  expect([...new Set(named.phases.map(({ unit }) => unit.name))]).toEqual(["ABC00001"]);
});

test("a refresh leaves right copies alone, and those of an earlier version, wherever their agents come from", async () => {
  at.fleet.holds
    .set("S1", [copy(1)])
    .set("S2", [copy(1)])
    .set("A1", [{ ...copy(0), content: "2-c" }]);
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = answer;
  const run = await at.core.operations.start(ANNA, "refresh", { packages: ["ABC00001"] });
  await expect.poll(() => at.fleet.orders("activate").length).toBe(1);
  await at.fleet.connect("A1");
  await at.reaches(run.id, "failed");
  expect(orders()).toEqual(expect.arrayContaining(["S1 verify true", "S2 verify true", "S2 stage false", "S2 activate"]));
  expect(orders()).toHaveLength(4);
  const { phases } = await at.core.operations.run(run.id);
  const codes = phases.flatMap(({ system, outcome }) => (outcome?.kind === "failed" ? [`${system} ${outcome.code}`] : []));
  expect(codes).toEqual(["A1 OLDER_VERSION_HELD"]);
});

test("an update takes copies of an earlier version to the present one, and no others", async () => {
  at.fleet.holds.set("S1", [copy(1)]).set("S2", [copy(0)]);
  await at.fleet.connect("A1", "S1", "S2");
  await done("update", { packages: ["ABC00001"] });
  expect(orders().toSorted()).toEqual(["A1 activate", "A1 stage false", "S2 activate", "S2 stage false"]);
});

test.each([
  ["redistribute", { sites: ["SCE"] }, "BAD_REQUEST"],
  ["redistribute", { sites: ["SEC"], packages: ["ABC00002"] }, "BAD_REQUEST"],
  ["redistribute", {}, "BAD_REQUEST"],
  ["refresh", {}, "BAD_REQUEST"],
  ["update", { packages: ["ABC00001"], sites: ["SEC"] }, "BAD_REQUEST"],
  ["update", { packages: ["ABC00001"] }, "VERSION_NOT_RISEN"],
] as const)("nothing is planned of a %s of %j: it is refused as %s", async (kind, options, code) => {
  at.fleet.holds.set("S1", [copy(1)]);
  await at.fleet.connect("S1");
  const asked = { ...options } as unknown as Partial<RunOptions>;
  await expect(at.core.operations.start(ANNA, kind, asked)).rejects.toMatchObject({ code });
  expect(await at.core.operations.runs(10)).toEqual([]);
  expect(orders()).toEqual([]);
});

test("a redistribution that is cut short by the coordinator's end, or retried, is about the same as before", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = (order, name) => (order.task.kind === "stage" ? undefined : answer(order, name));
  const run = await at.core.operations.start(ANNA, "redistribute", { systems: ["S1"] });
  await expect.poll(() => at.fleet.orders("stage")).toHaveLength(1);
  await at.accepted(run.id, 1);
  await at.core.stop();
  at.fleet.answer = (order) =>
    order.task.kind === "activate" ? { kind: "failed", code: "SWITCH_BLOCKED", message: "", retryable: false } : success(order);
  await at.restart();
  await at.fleet.connect("S1");
  await at.reaches(run.id, "failed");
  at.fleet.answer = answer;
  await at.core.operations.retry(ANNA, run.id);
  await at.reaches(run.id, "done");
  expect((await at.core.operations.run(run.id)).phases.map(({ state }) => state)).toEqual(["done", "done", "done"]);
});
