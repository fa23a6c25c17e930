import { expect, test } from "vitest";
import { ANNA } from "../../test-support/fakes.ts";
import { useCore } from "../../test-support/core-fixture.ts";

/** ms: does not pass within a test. */
const at = useCore(() => ({ timings: { returnMs: 3_600_000 } }));

test("after a start a plan waits for agents that were connected before, which may be on their way back, and for no others", async () => {
  await at.fleet.connect("S1");
  await at.fleet.disconnect("S1");
  await at.core.stop();
  await at.restart();
  const { id } = await at.core.operations.start(ANNA, "plan", { systems: ["S1", "S2"] });
  const failed = async () => (await at.core.operations.run(id)).phases.filter(({ state }) => state === "failed");
  await expect.poll(failed).toMatchObject([{ system: "S2", outcome: { code: "AGENT_UNREACHABLE" } }]);
  await at.fleet.connect("S1");
  await at.reaches(id, "failed");
  expect(await failed()).toHaveLength(1);
});
