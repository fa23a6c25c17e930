import { expect, test } from "vitest";
import { silent } from "../../test-support/redis/redis-fixture.ts";
import { untilDone } from "./until-done.ts";

test("work that fails is done again until it succeeds, and then only when it is asked for", async () => {
  let calls = 0;
  const work = untilDone(
    1,
    "it failed",
    async () => {
      calls += 1;
      if (calls < 3) throw new Error("not yet");
    },
    silent,
  );
  work.begin();
  await expect.poll(() => calls).toBe(3);
  work.begin();
  expect(calls).toBe(4);
});

test("work that was stopped while it failed is not done again", async () => {
  let calls = 0;
  const failing = Promise.withResolvers<void>();
  const work = untilDone(
    1,
    "it failed",
    () => {
      calls += 1;
      return failing.promise;
    },
    silent,
  );
  work.begin();
  work.stop();
  failing.reject(new Error("not yet"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  work.begin();
  expect(calls).toBe(1);
});
