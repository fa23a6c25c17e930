import { expect, test } from "vitest";
import { cycleAfter, dueShares, type VerifyCycle } from "./verify-cycle.ts";

const DAY = 86_400_000;

/** The shares that are read when backups are made at these times, in days. */
function readAt(...days: number[]): number[][] {
  let cycle: VerifyCycle | undefined;
  return days.map((day) => {
    const share = dueShares(cycle, 7, day * DAY);
    cycle = cycleAfter(share, day * DAY);
    return Array.from({ length: share.count }, (_, i) => ((share.nth - 1 + i) % 7) + 1);
  });
}

test.each<[string, number[], number[][]]>([
  ["every day, at about the same time", [0, 1.01, 2, 2.98], [[1], [2], [3], [4]]],
  ["on the same day of each week", [0, 7, 14], [[1], [2, 3, 4, 5, 6, 7, 1], [2, 3, 4, 5, 6, 7, 1]]],
  ["several times on a day", [0, 0.1, 0.2], [[1], [2], [3]]],
  ["with days in between on which none was complete", [0, 1, 4, 5], [[1], [2], [3, 4, 5], [6]]],
  ["after a clock was set back", [100, 0, 1], [[1], [2], [3]]],
])("backups that are made %s are read back in as many days as the cycle has", (_, days, read) => {
  expect(readAt(...days)).toEqual(read);
});

test("a cycle of another length begins with its first share", () => {
  expect(dueShares({ nth: 3, of: 7, at: 0 }, 4, 5 * DAY)).toEqual({ nth: 1, of: 4, count: 1 });
});
