import { expect, test } from "vitest";
import { nextTimeOfWeek } from "./time-of-week.ts";

const ZONE = "America/Chicago";
/** A Wednesday, six in the morning in Chicago. */
const WEDNESDAY = Date.UTC(2026, 9, 28, 11);

test("a time of the week is the next one that the clocks of the zone show, today's as long as it is not over", () => {
  expect(nextTimeOfWeek("Fri 17:00", ZONE, WEDNESDAY)).toBe(Date.UTC(2026, 9, 30, 22));
  expect(nextTimeOfWeek("wed 06:00", ZONE, WEDNESDAY)).toBe(WEDNESDAY);
  expect(nextTimeOfWeek("Wed 05:59", ZONE, WEDNESDAY)).toBe(Date.UTC(2026, 10, 4, 11, 59));
});

test("after the clocks were put back it is an hour later by UTC", () => {
  expect(nextTimeOfWeek("Sun 17:00", ZONE, WEDNESDAY)).toBe(Date.UTC(2026, 10, 1, 23));
});

test("it is found where the date is another one than by UTC", () => {
  const evening = Date.UTC(2026, 9, 28, 2);
  expect(nextTimeOfWeek("Tue 21:30", ZONE, evening)).toBe(Date.UTC(2026, 9, 28, 2, 30));
  expect(nextTimeOfWeek("Mon 12:00", "Pacific/Auckland", Date.UTC(2026, 10, 22, 20))).toBe(Date.UTC(2026, 10, 22, 23));
});

test.each(["Friday 17:00", "Fri 24:00", "Fri 17", "17:00", "Fri 17:60", ""])("%j is no time of the week", (text) => {
  expect(nextTimeOfWeek(text, ZONE, WEDNESDAY)).toBeUndefined();
});
