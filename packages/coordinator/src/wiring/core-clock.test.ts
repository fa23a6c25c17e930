import { expect, test } from "vitest";
import { ANNA } from "../../test-support/fakes.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { success } from "../../test-support/core-fleet.ts";
import type { Phase } from "../domain/runs/run.ts";

const at = useCore();
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

async function stageOf(run: string): Promise<Phase | undefined> {
  const { phases } = await at.core.operations.run(run);
  return phases.find(({ system, task }) => system === "S1" && task === "stage");
}

test("a clock that is set ahead gives up no order that is under way, and one that is set back keeps none from counting as stalled", async () => {
  await at.fleet.connect("S1", "S2");
  at.fleet.answer = (order, system) => (system === "S1" ? undefined : success(order));
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await stageOf(id))?.state).toBe("running");
  at.setClock(DAY);
  // Rounds in which it was looked at: another run has gone through meanwhile.
  const other = await at.core.operations.start(ANNA, "rebuild", { systems: ["S2"] });
  await at.reaches(other.id, "done");
  const phase = await stageOf(id);
  expect([phase?.state, phase?.epoch, phase?.stalledSince]).toEqual(["running", 1, undefined]);
  at.setClock(-2 * DAY);
  at.pass(MINUTE + 1_000);
  await expect.poll(async () => (await stageOf(id))?.stalledSince).toBeDefined();
});

test("an order that pauses after a failure goes on although the clock was set back", async () => {
  await at.fleet.connect("S1");
  let failures = 1;
  at.fleet.answer = (order) =>
    failures-- > 0 ? { kind: "failed", code: "CONTENT_UNAVAILABLE", message: "gone", retryable: true } : success(order);
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await expect.poll(async () => (await stageOf(id))?.epoch).toBe(2);
  at.setClock(-DAY);
  await at.reaches(id, "done");
});

test("a plan fails where the agent stays away, although the clock was set back when it had begun to wait", async () => {
  const { id } = await at.core.operations.start(ANNA, "plan", { systems: ["S1"] });
  await expect.poll(async () => (await at.core.operations.run(id)).phases.length).toBeGreaterThan(0);
  at.setClock(-DAY);
  at.pass(MINUTE);
  await at.reaches(id, "failed");
  const { phases } = await at.core.operations.run(id);
  expect(phases[0]?.outcome).toMatchObject({ code: "AGENT_UNREACHABLE" });
});
