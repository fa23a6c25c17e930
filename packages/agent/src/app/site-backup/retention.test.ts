import { expect, test } from "vitest";
import { newestFirst, type RunRecord } from "./ports.ts";
import { surplusRuns } from "./retention.ts";

const NONE = { last: 1, daily: 0, weekly: 0, monthly: 0 };
const aRun = (day: string, state: RunRecord["state"] = "complete") =>
  ({ run: day, state, began: new Date(`${day}:00`).getTime() }) as RunRecord;

/** One run each day at 2:00, and one at 14:00 too, for two months up to 2026-03-31; the newest first. */
const DAILY = Array.from({ length: 59 }, (_, i) => new Date(2026, 1, 1 + i))
  .flatMap((at) =>
    ["02:00", "14:00"].map((time) =>
      aRun(`${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}T${time}`),
    ),
  )
  .toReversed();
const keptOf = (rules: Partial<typeof NONE>, archived?: Set<string>) => {
  const surplus = new Set(surplusRuns(DAILY, { ...NONE, ...rules }, archived));
  return DAILY.map(({ run }) => run).filter((run) => !surplus.has(run));
};

test("the newest complete runs are kept, at least one", () => {
  expect(keptOf({ last: 3 })).toEqual(["2026-03-31T14:00", "2026-03-31T02:00", "2026-03-30T14:00"]);
  expect(keptOf({ last: 0 })).toEqual(["2026-03-31T14:00"]);
});

test("the newest run of each day, week and month is kept for as many of them as are asked for, and each rule keeps its own", () => {
  expect(keptOf({ daily: 3 })).toEqual(["2026-03-31T14:00", "2026-03-30T14:00", "2026-03-29T14:00"]);
  // 2026-03-31 is a Tuesday.
  expect(keptOf({ weekly: 3 })).toEqual(["2026-03-31T14:00", "2026-03-29T14:00", "2026-03-22T14:00"]);
  expect(keptOf({ monthly: 12 })).toEqual(["2026-03-31T14:00", "2026-02-28T14:00"]);
  expect(keptOf({ last: 2, daily: 2, weekly: 2, monthly: 2 })).toEqual([
    "2026-03-31T14:00",
    "2026-03-31T02:00",
    "2026-03-30T14:00",
    "2026-03-29T14:00",
    "2026-02-28T14:00",
  ]);
});

test("periods without a run do not count, so that a machine that was off for months loses nothing", () => {
  const runs = [aRun("2026-03-31T02:00"), aRun("2025-12-01T02:00"), aRun("2025-11-01T02:00"), aRun("2025-10-01T02:00")];
  expect(surplusRuns(runs, { ...NONE, daily: 3 })).toEqual(["2025-10-01T02:00"]);
});

test("an archived run is kept whatever its age and state", () => {
  expect(keptOf({}, new Set(["2026-02-05T02:00"]))).toEqual(["2026-03-31T14:00", "2026-02-05T02:00"]);
});

test("partial and failed runs go with the complete ones of their time, however old the archived ones are, and never before there is a complete one", () => {
  const runs = [
    aRun("2026-03-31T02:00", "failed"),
    aRun("2026-03-30T02:00"),
    aRun("2026-03-29T02:00", "partial"),
    aRun("2025-01-01T02:00"),
  ];
  expect(surplusRuns(runs, { ...NONE, monthly: 5 })).toEqual(["2026-03-29T02:00"]);
  expect(surplusRuns(runs.slice(0, 1), NONE)).toEqual([]);
});

test("a run that was made while the clock was years ahead counts as the oldest one, and no run that was made later goes before it", () => {
  const [ahead, first, second] = [aRun("2038-01-01T02:00"), aRun("2026-03-30T02:00"), aRun("2026-03-31T02:00")];
  const runs = newestFirst([first, ahead, second], second.began);
  expect(runs).toEqual([second, first, ahead]);
  expect(surplusRuns(runs, NONE)).toEqual([first.run, ahead.run]);
  // What NTP corrects is no other order.
  expect(newestFirst([first, second], second.began - 60_000)).toEqual([second, first]);
});
