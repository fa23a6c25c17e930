import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { SitewrightError, unitKey } from "@sitewright/protocol";
import { useCore } from "../../test-support/core-fixture.ts";
import { ANNA } from "../../test-support/fakes.ts";

const begun: string[] = [];
/** No source is ever read to its end. */
const at = useCore(() => ({
  index: {
    index: ({ unit }, { signal }) => {
      begun.push(unitKey(unit));
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new SitewrightError("CANCELLED", "the indexing was cancelled"))),
      );
    },
    openManifest: async () => undefined,
    openChunks: async () => undefined,
  },
}));

test("Redis that comes back while the coordinator stops begins nothing again", async () => {
  const { id } = await at.core.operations.start(ANNA, "rebuild", {});
  await expect.poll(() => begun.length).toBeGreaterThan(0);
  await at.core.stop();
  const before = begun.length;
  await at.core.redisBack();
  // Nothing says that no preparation was begun; beginning one takes 20 ms.
  await sleep(400);
  expect(begun.length).toBe(before);
  expect((await at.core.operations.run(id)).run.state).toBe("preparing");
});
