import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";
import { success } from "../../test-support/core-fleet.ts";
import { ANNA, LISTENER } from "../../test-support/fakes.ts";

const at = useCore();
/** From an order to its first byte, ms; what is under way when a forecast is made does not wait for it again. */
const FIRST_BYTE = 150;

test("a drill expects of a recovery what the forecast of the real run expects when it begins", async () => {
  await at.core.addresses.set(ANNA, "SEC", { bandwidth: "1 kbit/s" });
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = (order) =>
    order.task.kind === "estimate" ? { kind: "estimated", files: 2, sourceBytes: 100, presentBytes: 0, indexAgeMs: 0 } : success(order);
  const { id } = await at.core.operations.start(ANNA, "plan", { systems: ["S1", "S2"] });
  await at.reaches(id, "done");
  const { rehearsal, start } = await at.core.drills.rehearse(LISTENER, { lose: ["S1", "S2"], at: "Fri 17:00", links: {}, reserve: [] });
  const takes = (rehearsal.endsAt ?? 0) - start;
  expect(takes).toBeGreaterThan(1000);

  const planned = (await at.core.operations.plan(id)).forecast;
  expect(planned?.total.wireBytes).toBe(rehearsal.wireBytes);
  expect((planned?.total.endsAt ?? 0) - (planned?.madeAt ?? 0)).toBe(takes);

  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1", "S2"] });
  const first = async () => (await at.core.operations.forecast(run.id)).first;
  await expect.poll(first).toBeDefined();
  const real = await first();
  expect(real?.total.wireBytes).toBe(rehearsal.wireBytes);
  const underWay = takes - ((real?.total.endsAt ?? 0) - (real?.madeAt ?? 0));
  expect([0, FIRST_BYTE]).toContain(underWay);
});
