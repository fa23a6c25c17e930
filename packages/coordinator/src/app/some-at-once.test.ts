import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { someAtOnce } from "./some-at-once.ts";

test("each item is worked on once, in their order, with no more under way than permitted", async () => {
  const begun: number[] = [];
  let [underWay, most] = [0, 0];
  await someAtOnce(
    Array.from({ length: 20 }, (_, i) => i),
    async (item) => {
      begun.push(item);
      most = Math.max(most, ++underWay);
      await sleep(item % 3);
      underWay -= 1;
    },
    4,
  );
  expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect([most, underWay]).toEqual([4, 0]);
});

test("after a failure nothing more is begun, and what is under way ends before that is told", async () => {
  const ended: number[] = [];
  const working = someAtOnce(
    [1, 2, 3, 4, 5],
    async (item) => {
      if (item === 1) throw new Error("the first failed");
      await sleep(5);
      ended.push(item);
    },
    3,
  );
  await expect(working).rejects.toThrow("the first failed");
  expect(ended).toEqual([2, 3]);
});
