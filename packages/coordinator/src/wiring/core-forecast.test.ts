import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import { success, useCore } from "../../test-support/core-fixture.ts";

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
  expect(await at.core.operations.forecast(run.id)).toEqual({ first });
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
