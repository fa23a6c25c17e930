import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";
import { failure, success } from "../../test-support/core-fleet.ts";

const at = useCore();

async function firstOf(run: string) {
  await expect.poll(async () => (await at.core.operations.forecast(run)).first).toBeDefined();
  return (await at.core.operations.forecast(run)).first;
}

test("a run has its first forecast as soon as it is planned, and keeps it across a restart while the current one is recomputed", async () => {
  await at.core.addresses.set(ANNA, "SEC", { bandwidth: "1 kbit/s" });
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  const first = await firstOf(run.id);
  expect(first).toMatchObject({ total: { endsAt: expect.any(Number) }, addresses: [{ address: "SEC", timeZone: "UTC" }], away: [] });
  await at.core.addresses.pause(ANNA, "SEC");
  const present = async () => (await at.core.operations.forecast(run.id)).present;
  await expect.poll(async () => (await present())?.total.open).toBe("address-paused");
  await at.core.stop();
  await at.restart();
  expect((await at.core.operations.forecast(run.id)).first).toEqual(first);
  await at.fleet.connect("S1");
  at.fleet.answer = success;
  await at.core.addresses.resume(ANNA, "SEC");
  await at.reaches(run.id, "done");
  const ended = (await at.core.operations.runs(1))[0];
  const { actual, ...rest } = await at.core.operations.forecast(run.id);
  expect(rest).toEqual({ first });
  expect((await at.core.operations.forecast(run.id)).actual).toBe(actual);
  const { endsAt = Infinity, curve = [] } = actual?.total ?? {};
  expect(actual).toMatchObject({ madeAt: ended?.endedAt, addresses: [{ address: "SEC", timeZone: "UTC", endsAt, curve }] });
  expect([curve[0], curve.at(-1)]).toEqual([
    [ended?.createdAt, 0],
    [endsAt, 1],
  ]);
  expect(endsAt).toBeLessThanOrEqual(ended?.endedAt ?? 0);
});

test("how an ended run went is found again after a retry, and otherwise once for all who look", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = (order) => (order.task.kind === "activate" ? failure("IO_ERROR", false) : success(order));
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.reaches(id, "failed");
  const actual = async () => (await at.core.operations.forecast(id)).actual;
  const [failed, again] = await Promise.all([actual(), actual()]);
  expect(failed?.total).not.toHaveProperty("endsAt");
  expect(again).toBe(failed);
  at.fleet.answer = success;
  await at.core.operations.retry(ANNA, id);
  await at.reaches(id, "done");
  expect((await actual())?.total.endsAt).toEqual(expect.any(Number));
});

test("a paused address leaves the end open, and a plan says when each unit would be served", async () => {
  await at.fleet.connect("S1", "S2");
  await at.core.addresses.set(ANNA, "SEC", { bandwidth: "1 Mbit/s" });
  const plan = await at.core.operations.start(ANNA, "plan", { systems: ["S1"] });
  await at.reaches(plan.id, "done");
  const found = await at.core.operations.plan(plan.id);
  expect(found.rows).toMatchObject([{ system: "S1", servedAt: expect.any(Number) }]);
  expect(found.forecast?.total.endsAt).toBe(Math.round(found.rows[0]?.servedAt ?? 0));
  await at.core.addresses.pause(ANNA, "SEC");
  expect((await at.core.operations.plan(plan.id)).forecast).toMatchObject({
    total: { open: "address-paused" },
    addresses: [{ address: "SEC" }],
  });
});

test("a plan is read page by page, and searched, with the totals and the forecast of all of it", async () => {
  await at.fleet.connect("S1");
  const { id } = await at.core.operations.start(ANNA, "plan", { roles: ["dp"] });
  await at.reaches(id, "failed");
  const first = await at.core.operations.plan(id, { limit: 2 });
  expect(first.rows.map(({ system }) => system)).toEqual(["A1", "S1"]);
  expect(first).toMatchObject({
    totals: { units: 3, files: 6, unreachable: ["A1", "S2"] },
    found: 3,
    forecast: expect.anything() as object,
  });
  const second = await at.core.operations.plan(id, { limit: 2, after: first.next ?? "" });
  expect(second.rows.map(({ system }) => system)).toEqual(["S2"]);
  expect(second).toMatchObject({ totals: first.totals, found: 3 });
  expect([second.next, second.forecast]).toEqual([undefined, undefined]);
  const found = await at.core.operations.plan(id, { text: "s2" });
  expect(found.rows).toEqual(second.rows);
  expect(found).toMatchObject({ totals: first.totals, found: 1 });
});

test("what a plan has found on a system, and what a system is known to serve, is not sent again", async () => {
  await at.fleet.connect("S1", "S2");
  await at.reaches((await at.core.operations.start(ANNA, "plan", { systems: ["S1"] })).id, "done");
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1", "S2"] });
  // Of 100 bytes, 60 when packed, S1 has 40, which its neighbour S2 gets from it; each needs the manifest.
  expect((await firstOf(run.id))?.total.wireBytes).toBe(36 + 2 * 8);
  await at.reaches(run.id, "done");
  const again = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1", "S2"] });
  expect((await firstOf(again.id))?.total.wireBytes).toBe(0);
});
