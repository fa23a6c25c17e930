import fc from "fast-check";
import { expect, test } from "vitest";
import type { Window } from "@sitewright/protocol";
import { admits, budgetAt, nextChange, opensAt, windowAt } from "./address-schedule.ts";
import type { Address } from "../sites/hierarchy.ts";

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;

function address(change: Partial<Address> = {}): Address {
  return {
    key: "SEC",
    rateLimit: Array(24).fill(undefined),
    schedule: Array(168).fill("all"),
    concurrency: 3,
    timeZone: "America/Los_Angeles",
    ...change,
  };
}

/** 25 % from 8 to 18; by day on weekdays only what is urgent. */
const business = address({
  bandwidth: 2_000_000,
  rateLimit: Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 18 ? 500_000 : undefined)),
  schedule: Array.from({ length: 168 }, (_, hour): Window => (hour < 120 && hour % 24 >= 8 && hour % 24 < 18 ? "high" : "all")),
});

test("the budget is the smaller of the bandwidth and the hour's limit, in the time zone of the address", () => {
  expect(budgetAt(business, Date.parse("2026-11-23T08:00:00-08:00"))).toBe(500_000);
  expect(budgetAt(business, Date.parse("2026-11-23T07:59:59.999-08:00"))).toBe(2_000_000);
  expect(budgetAt(business, Date.parse("2026-11-23T18:00:00-08:00"))).toBe(2_000_000);
  expect(budgetAt(address(), 0)).toBeUndefined();
  expect(budgetAt(address({ rateLimit: Array(24).fill(64_000) }), 0)).toBe(64_000);
  expect(budgetAt(address({ bandwidth: 32_000, rateLimit: Array(24).fill(64_000) }), 0)).toBe(32_000);
});

test("the window follows the week, also from Sunday to Monday", () => {
  expect(windowAt(business, Date.parse("2026-11-20T12:00:00-08:00"))).toBe("high");
  expect(windowAt(business, Date.parse("2026-11-21T12:00:00-08:00"))).toBe("all");
  const monday = address({ schedule: Array.from({ length: 168 }, (_, hour): Window => (hour === 0 ? "closed" : "all")) });
  expect(windowAt(monday, Date.parse("2026-11-23T07:59:59Z"))).toBe("all");
  expect(windowAt(monday, Date.parse("2026-11-23T08:00:00Z"))).toBe("closed");
  expect(nextChange(monday, Date.parse("2026-11-23T07:10:00Z"))).toBe(Date.parse("2026-11-23T08:00:00Z"));
});

test("a window admits work of its priority and above", () => {
  const priorities = ["high", "medium", "low"] as const;
  const table = (["all", "medium", "high", "closed"] as const).map((window) => priorities.map((priority) => admits(window, priority)));
  expect(table).toEqual([
    [true, true, true],
    [true, true, false],
    [true, false, false],
    [false, false, false],
  ]);
});

test("the hour that is skipped in spring makes the change come an hour earlier", () => {
  // 2026-03-08, 02:00 PST becomes 03:00 PDT.
  const night = address({ schedule: Array.from({ length: 168 }, (_, hour): Window => (hour % 24 < 3 ? "all" : "closed")) });
  expect(nextChange(night, Date.parse("2026-03-08T00:00:00-08:00"))).toBe(Date.parse("2026-03-08T02:00:00-08:00"));
});

test("the hour that is repeated in autumn belongs to the window twice", () => {
  // 2026-11-01, 02:00 PDT becomes 01:00 PST.
  const night = address({ schedule: Array.from({ length: 168 }, (_, hour): Window => (hour % 24 === 1 ? "all" : "closed")) });
  const opens = nextChange(night, Date.parse("2026-11-01T00:00:00-07:00"));
  expect(opens).toBe(Date.parse("2026-11-01T01:00:00-07:00"));
  expect(nextChange(night, opens)).toBe(opens + 2 * HOUR);
});

test("a share of the bandwidth is a limit like any other", () => {
  const quarter = address({ bandwidth: 2_000_000, rateLimit: Array.from({ length: 24 }, () => ({ share: 0.25 })) });
  expect(budgetAt(quarter, 0)).toBe(500_000);
  expect(budgetAt({ ...quarter, bandwidth: 3 }, 0)).toBe(1);
  expect(nextChange(quarter, 0)).toBe(WEEK);
});

test("nothing crosses a paused address, at any hour, and no schedule opens it", () => {
  const paused = { ...business, paused: true as const };
  const noon = Date.parse("2026-11-21T12:00:00-08:00");
  expect(windowAt(paused, noon)).toBe("closed");
  expect(opensAt(paused, "high", noon)).toBeUndefined();
  expect(budgetAt(paused, noon)).toBe(500_000);
});

test("work may cross at once, or from the moment on that its priority is admitted, or not in the coming week", () => {
  const monday = Date.parse("2026-11-23T09:30:00-08:00");
  expect(opensAt(business, "high", monday)).toBe(monday);
  expect(opensAt(business, "medium", monday)).toBe(Date.parse("2026-11-23T18:00:00-08:00"));
  expect(opensAt(address({ schedule: Array(168).fill("high") }), "low", monday)).toBeUndefined();
});

test("if the hour that opens is skipped in spring, the work waits until the next week", () => {
  // Open on Sundays from 02 to 03 alone; 2026-03-08 goes from 02:00 PST to 03:00 PDT.
  const sunday = address({ schedule: Array.from({ length: 168 }, (_, hour): Window => (hour === 6 * 24 + 2 ? "all" : "closed")) });
  expect(opensAt(sunday, "high", Date.parse("2026-03-08T00:00:00-08:00"))).toBeUndefined();
  expect(opensAt(sunday, "high", Date.parse("2026-03-09T00:00:00-07:00"))).toBe(Date.parse("2026-03-15T02:00:00-07:00"));
});

test("on Lord Howe, where clocks change by half an hour, an hour is shorter or longer by it", () => {
  const seventh = (hour: number): Window => (hour % 24 === 1 ? "closed" : "all");
  const night = address({ timeZone: "Australia/Lord_Howe", schedule: Array.from({ length: 168 }, (_, hour) => seventh(hour)) });
  // 2026-04-05, 02:00 +11 becomes 01:30 +10:30: one o'clock lasts 90 minutes.
  const autumn = Date.parse("2026-04-05T01:00:00+11:00");
  expect([windowAt(night, autumn), nextChange(night, autumn) - autumn]).toEqual(["closed", 1.5 * HOUR]);
  // 2026-10-04, 02:00 +10:30 becomes 02:30 +11: two o'clock lasts 30 minutes.
  const two = address({ ...night, schedule: Array.from({ length: 168 }, (_, hour): Window => (hour % 24 === 2 ? "closed" : "all")) });
  const spring = Date.parse("2026-10-04T02:00:00+10:30");
  expect([windowAt(two, spring), nextChange(two, spring) - spring]).toEqual(["closed", 0.5 * HOUR]);
});

test("an address without a timetable is checked again after a week", () => {
  expect(nextChange(address({ bandwidth: 1_000_000 }), 1000)).toBe(1000 + WEEK);
});

const zones = [
  "America/Los_Angeles",
  "America/Chicago",
  "Europe/Berlin",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "America/St_Johns",
  "Australia/Adelaide",
  "Pacific/Chatham",
  "UTC",
];
const windows = fc.constantFrom<Window>("all", "medium", "high", "closed");
const anyAddress = fc.record({
  timeZone: fc.constantFrom(...zones),
  rateLimit: fc.array(fc.option(fc.integer({ min: 1000, max: 9_000_000 }), { nil: undefined }), { minLength: 24, maxLength: 24 }),
  schedule: fc.array(windows, { minLength: 168, maxLength: 168 }),
});
/** Half of them within two days of a change to or from summer time, the rest anywhere in two years. */
const transitions = [
  "2026-03-08T10:00Z",
  "2026-11-01T09:00Z",
  "2026-03-29T01:00Z",
  "2026-10-25T01:00Z",
  "2026-04-04T15:00Z",
  "2026-10-03T15:30Z",
].map((text) => Date.parse(text));
const anyTime = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 11) }),
  fc.tuple(fc.constantFrom(...transitions), fc.integer({ min: -48 * HOUR, max: 48 * HOUR })).map(([at, by]) => at + by),
);

test("until the next change nothing changes, and then something does", () => {
  fc.assert(
    fc.property(anyAddress, anyTime, fc.double({ min: 0, max: 1, noNaN: true }), (change, time, share) => {
      const link = address(change);
      const state = (at: number) => `${String(windowAt(link, at))} ${String(budgetAt(link, at))}`;
      const next = nextChange(link, time);
      expect(next).toBeGreaterThan(time);
      expect(state(Math.floor(time + (next - 1 - time) * share))).toBe(state(time));
      expect(state(next - 1)).toBe(state(time));
      expect(next === time + WEEK || state(next) !== state(time)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("work of a priority opens at the first moment that admits it, and not before", () => {
  fc.assert(
    fc.property(
      anyAddress,
      anyTime,
      fc.constantFrom("high", "medium", "low"),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (change, time, priority, share) => {
        const link = address(change);
        const opens = opensAt(link, priority, time);
        const mayCross = (at: number) => admits(windowAt(link, at), priority);
        const end = opens ?? time + WEEK;
        const between = Math.floor(time + (end - 1 - time) * share);
        expect(opens === undefined || mayCross(opens)).toBe(true);
        expect(end > time && mayCross(between)).toBe(false);
      },
    ),
    { numRuns: 300 },
  );
});

test("the window is that of the local day and hour, minute by minute around a change to or from summer time", () => {
  const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  for (const timeZone of zones) {
    const clock = new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", hour: "2-digit", hourCycle: "h23" });
    // Each hour of the week has another value than its neighbours, so that every change of the hour shows.
    const link = address({ timeZone, schedule: Array.from({ length: 168 }, (_, hour): Window => (hour % 2 === 0 ? "all" : "closed")) });
    for (const around of transitions) {
      let before = windowAt(link, around - 2 * HOUR);
      let next = nextChange(link, around - 2 * HOUR);
      for (let at = around - 2 * HOUR; at < around + 2 * HOUR; at += 60_000) {
        const [weekday = "", hour = ""] = clock.format(at).split(", ");
        const shown = windowAt(link, at);
        expect(shown).toBe((days.indexOf(weekday) * 24 + Number(hour)) % 2 === 0 ? "all" : "closed");
        expect([at, shown !== before]).toEqual([at, at === next]);
        if (shown !== before) next = nextChange(link, at);
        before = shown;
      }
    }
  }
});

test("day and hour are local to the time zone", () => {
  const byHour = Array.from({ length: 24 }, (_, hour) => 1000 + hour);
  fc.assert(
    fc.property(fc.constantFrom(...zones), anyTime, (timeZone, time) => {
      const shown = new Date(time).toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
      expect(budgetAt(address({ timeZone, rateLimit: byHour }), time)).toBe(1000 + Number(shown.slice(0, 2)));
    }),
    { numRuns: 300 },
  );
});
