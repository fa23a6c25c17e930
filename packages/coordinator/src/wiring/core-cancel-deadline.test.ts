import { expect, test } from "vitest";
import { ANNA } from "../../test-support/fakes.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { failure } from "../../test-support/core-fleet.ts";
import { redisRunStore } from "../adapters/redis/run-store.ts";

/** ms: none of them passes within a test. */
const CANCEL_MS = 3_600_000;
const at = useCore(() => ({ timings: { cancelMs: CANCEL_MS } }));

test("a phase that its agent was told to cancel states until when, which is stored, and no longer once it has ended", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const { id } = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(id, 1);
  const [ordered] = at.fleet.orders();
  if (!ordered) throw new Error("the system was ordered to stage");
  const before = at.now();
  await at.core.operations.cancel(ANNA, id);
  const runStore = redisRunStore(at.redis.client);
  const [stored] = await runStore.phases(id);
  expect(stored?.cancelBy).toBeGreaterThanOrEqual(before + CANCEL_MS);
  expect((await at.core.operations.run(id)).phases[0]).toMatchObject({ state: "running", cancelBy: stored?.cancelBy });
  await at.fleet.report("S1", ordered.order, failure("CANCELLED", false));
  await at.reaches(id, "cancelled");
  expect((await runStore.phases(id))[0]).not.toHaveProperty("cancelBy");
});
