import { ANNA } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";

const at = useCore();

/** Numbers of SEC, read from the site data at once. */
async function state(number: number): Promise<void> {
  at.stateNumber("SEC", number);
  await at.core.serials.sites();
}

const waitingFor = async (run: string) =>
  Object.fromEntries((await at.core.operations.run(run)).phases.map(({ system, task, waitingFor }) => [`${system} ${task}`, waitingFor]));

test("work for a site that went back is held while it lasts and continues by itself when a person has decided; other sites' work is done", async () => {
  await state(500);
  await at.fleet.connect("A1");
  const run = await at.core.operations.start(ANNA, "rebuild", { packages: ["ABC00001"] });
  await expect.poll(() => waitingFor(run.id)).toMatchObject({ "S1 stage": "agent-offline" });
  await state(100);
  await at.fleet.connect("S1", "S2");
  await expect.poll(() => waitingFor(run.id)).toMatchObject({ "S1 stage": "site-quarantined", "S2 stage": "site-quarantined" });
  await expect.poll(async () => (await at.core.operations.run(run.id)).totals.done).toBe(2);
  expect(at.fleet.orders().map(({ system }) => system)).toEqual(["A1", "A1"]);
  await at.core.serials.accept(ANNA, "SEC", "a test");
  await at.reaches(run.id, "done");
  expect(new Set(at.fleet.orders().map(({ system }) => system))).toEqual(new Set(["A1", "S1", "S2"]));
});

test("a package of a site under recovery is not removed from systems of other sites either, and what was ordered before is held", async () => {
  at.stateNumber("ABC", 500);
  await at.core.serials.sites();
  const remove = () => at.core.operations.start(ANNA, "remove", { systems: ["S1"], packages: ["ABC00001"] });
  const before = await remove();
  await expect.poll(() => waitingFor(before.id)).toMatchObject({ "S1 remove": "agent-offline" });
  at.stateNumber("ABC", 100);
  await at.core.serials.sites();
  await at.fleet.connect("S1");
  await expect(remove()).rejects.toMatchObject({ code: "SITE_QUARANTINED", message: expect.stringContaining("of ABC") as string });
  await expect.poll(() => waitingFor(before.id)).toMatchObject({ "S1 remove": "site-quarantined" });
  expect(at.fleet.orders()).toEqual([]);
});
