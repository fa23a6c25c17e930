import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import { redisRegistry } from "../adapters/redis/registry.ts";
import type { LiveEvent } from "../app/live/live-view.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { failure, success } from "../../test-support/core-fleet.ts";

const at = useCore();
const { reaches } = at;

test("a rebuild of everything stages and activates each unit, one system of a site at a time, and succeeds", async () => {
  const events: LiveEvent[] = [];
  at.core.liveView.subscribe((event) => void events.push(event));
  await at.fleet.connect("A1", "S1", "S2");
  const activating = new Set<string>();
  let worst = 0;
  at.fleet.answer = (order, name) => {
    if (order.task.kind !== "activate" || name === "A1") return success(order);
    activating.add(name);
    worst = Math.max(worst, activating.size);
    setTimeout(() => {
      activating.delete(name);
      void at.fleet.report(name, order, success(order));
    }, 60);
    return undefined;
  };
  const run = await at.core.operations.start(ANNA, "rebuild", {});
  expect(run.state).toBe("preparing");
  expect(run.id).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/);
  await reaches(run.id, "done");
  const view = await at.core.operations.run(run.id);
  expect(view.totals).toMatchObject({
    phases: 8,
    done: 8,
    units: 4,
    sourceBytes: 400,
    reusedBytes: 160,
    fetchedBytes: 240,
    unreachable: [],
  });
  expect(worst).toBe(1);
  expect(at.fleet.orders()[0]?.order.unit.name).toBe("CAP_ABC");
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, place) => (events[0]?.sequence ?? 0) + place));
  expect(events.some((event) => event.type === "run" && event.indexing?.unit === "dp/ABC00001")).toBe(true);
  const { systems } = await at.core.operations.overview();
  expect(systems.find(({ name }) => name === "S1")).toMatchObject({ connected: true, units: 1, live: 1 });
  expect(await at.core.operations.systems.system("S1")).toMatchObject({
    connected: true,
    state: "rebuilt",
    latest: [{ unit: "dp/ABC00001", run: { kind: "rebuild" }, phase: { task: "activate", state: "done" } }],
    assigned: ["dp/ABC00001"],
    held: [{ live: { manifest: "manifest of ABC00001" }, previous: true }],
  });
  await expect.poll(() => redisRegistry(at.redis.client).acked("S1")).toBe(2);
  await expect.poll(() => at.fleet.sent.findLast(({ system: of }) => of === "S1")?.message).toEqual({ kind: "ack", upTo: 2 });
});

test("a plan does not wait for an absent agent and reports that at once", async () => {
  await at.fleet.connect("A1", "S1");
  const run = await at.core.operations.start(ANNA, "plan", { roles: ["dp"] });
  await reaches(run.id, "failed");
  const { phases, totals } = await at.core.operations.run(run.id);
  expect(totals).toMatchObject({ done: 2, failed: 1, unreachable: ["S2"] });
  expect(phases.find((phase) => phase.system === "S2")?.outcome).toMatchObject({ code: "AGENT_UNREACHABLE" });
});

test("a failure that may be temporary is tried again with a higher epoch", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = (order) => (order.task.kind === "stage" && order.epoch === 1 ? failure("IO_ERROR", true) : success(order));
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(run.id, "done");
  expect(at.fleet.orders("stage").map(({ order }) => order.epoch)).toEqual([1, 2]);
});

test("an activation that finds its staging damaged is staged again and then activated", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = (order) => (order.task.kind === "activate" && order.epoch === 1 ? failure("STAGING_DAMAGED", true) : success(order));
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await reaches(run.id, "done");
  expect(at.fleet.orders().map(({ order }) => `${order.task.kind} ${order.epoch}`)).toEqual([
    "stage 1",
    "activate 1",
    "stage 2",
    "activate 2",
  ]);
});

test("a unit that fails to stage is not activated, and one with an unusable source fails alone", async () => {
  at.broken.add("cap/CAP_ABC");
  await at.fleet.connect("A1", "S1", "S2");
  at.fleet.answer = (order, name) => (name === "S2" && order.task.kind === "stage" ? failure("IO_ERROR", false) : success(order));
  const run = await at.core.operations.start(ANNA, "rebuild", {});
  await reaches(run.id, "failed");
  const view = await at.core.operations.run(run.id);
  expect(view.totals).toMatchObject({ done: 4, failed: 2, skipped: 2 });
  expect(view.run.problems).toMatchObject([{ unit: "cap/CAP_ABC", code: "SOURCE_LINK", leftOut: true, path: "x" }]);
});

test("an impossible request is refused before a run is made", async () => {
  await expect(at.core.operations.start(ANNA, "rebuild", { systems: ["NOPE"] })).rejects.toMatchObject({ code: "BAD_REQUEST" });
  await expect(at.core.operations.run("nope")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(at.core.operations.createJoinToken(ANNA, "NOPE")).rejects.toMatchObject({ code: "SYSTEM_UNKNOWN" });
  const made = await at.core.operations.createJoinToken(ANNA, "S1");
  expect(made).toMatchObject({ system: "S1", roles: ["dp"], token: expect.stringMatching(/^[\w-]{43}\.ca$/) });
  const week = 7 * 86_400_000;
  expect((await at.core.operations.createJoinToken(ANNA, "S1", week)).expiresAt - made.expiresAt).toBeGreaterThan(week - 3_700_000);
  expect(await at.core.operations.runs(10)).toEqual([]);
});
