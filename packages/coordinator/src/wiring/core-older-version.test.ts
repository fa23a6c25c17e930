import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import type { Held } from "@sitewright/protocol";
import { useCore } from "../../test-support/core-fixture.ts";

const fixture = useCore();

/** The site data of the fixture state version 1. */
const newer: Held = {
  unit: { role: "dp", name: "ABC00001" },
  live: { generation: { epoch: 1, counter: 1 }, manifest: "a".repeat(64) },
  previous: false,
  sourceVersion: 2,
};

const failures = async (run: string): Promise<string[]> =>
  (await fixture.core.operations.run(run)).phases.flatMap(({ system, task, outcome }) =>
    outcome?.kind === "failed" ? [`${system} ${task} ${outcome.code}`] : [],
  );

test("a system that holds a newer version keeps it, and the others are rebuilt", async () => {
  fixture.fleet.holds.set("S1", [newer]);
  await fixture.fleet.connect("A1", "S1", "S2");
  const { id } = await fixture.core.operations.start(ANNA, "rebuild", { packages: ["ABC00001"] });
  await fixture.reaches(id, "failed");
  expect(await failures(id)).toEqual(["S1 stage NEWER_VERSION_HELD"]);
  expect(
    fixture.fleet
      .orders()
      .map(({ system }) => system)
      .toSorted(),
  ).toEqual(["A1", "A1", "S2", "S2"]);
});

test("an agent that joins after the run was planned and holds a newer version is sent no order", async () => {
  fixture.fleet.holds.set("S1", [newer]);
  await fixture.fleet.connect("A1", "S2");
  const { id } = await fixture.core.operations.start(ANNA, "rebuild", { packages: ["ABC00001"] });
  await expect.poll(() => fixture.fleet.orders("activate").length).toBe(2);
  await fixture.fleet.connect("S1");
  await fixture.reaches(id, "failed");
  expect(await failures(id)).toEqual(["S1 stage NEWER_VERSION_HELD"]);
  expect(fixture.fleet.orders().filter(({ system }) => system === "S1")).toEqual([]);
});

test("an agent is ordered nothing before it has reported what it holds", async () => {
  const { agentEvents, operations } = fixture.core;
  await fixture.fleet.connect("S1");
  // It connects again, and its inventory is in transit.
  await agentEvents.connected(
    { system: "S1", roles: ["dp"], platform: "linux", version: "0", since: 9 },
    { inventoryDigest: "1".repeat(64), lastResult: 0 },
  );
  const { id } = await operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await operations.run(id)).phases[0]?.waitingFor).toBe("agent-inventory");
  expect(fixture.fleet.orders()).toEqual([]);
  await agentEvents.inventory("S1", { digest: "1".repeat(64), units: [newer], seenAt: 0 });
  await fixture.reaches(id, "failed");
  expect(await failures(id)).toEqual(["S1 stage NEWER_VERSION_HELD"]);
  expect(fixture.fleet.orders()).toEqual([]);
});

test("plan and verify name what is held back, and an operator may roll it out anyway", async () => {
  fixture.fleet.holds.set("S1", [newer]);
  await fixture.fleet.connect("S1");
  for (const kind of ["plan", "verify"] as const) {
    const { id } = await fixture.core.operations.start(ANNA, kind, { systems: ["S1"] });
    await fixture.reaches(id, "failed");
    expect(await failures(id)).toEqual([`S1 ${kind === "plan" ? "estimate" : "verify"} NEWER_VERSION_HELD`]);
  }
  const { id } = await fixture.core.operations.start(ANNA, "rebuild", { systems: ["S1"], acceptOlder: true });
  await fixture.reaches(id, "done");
  expect(fixture.fleet.orders().map(({ order }) => order.task.kind)).toEqual(["stage", "activate"]);
});
