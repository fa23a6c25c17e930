import { expect, test } from "vitest";
import { parseDays, parseHours, parseWeekHours } from "./hour-table.ts";

test("hours go up to their end, also over midnight", () => {
  expect(parseHours("08-11")).toEqual([8, 9, 10]);
  expect(parseHours("22-02")).toEqual([22, 23, 0, 1]);
  expect(parseHours("00-24")).toHaveLength(24);
});

test("ranges that are empty or impossible are refused", () => {
  expect(["08-08", "24-08", "08-25", "8", "08:00-18:00", ""].map(parseHours)).toEqual(Array(6).fill(undefined));
  expect(["Monday", "Mon-", "Mon-Tue-Wed", ""].map(parseDays)).toEqual(Array(4).fill(undefined));
  expect(["Mon-Fri", "08-18", "Mon 08", "Mon 08-18 x"].map(parseWeekHours)).toEqual(Array(4).fill(undefined));
});

test("days are accepted as ranges, lists and across the end of the week, in any case", () => {
  expect(parseDays("Mon-Fri")).toEqual([0, 1, 2, 3, 4]);
  expect(parseDays("sat, SUN")).toEqual([5, 6]);
  expect(parseDays("Fri-Mon,Wed")).toEqual([0, 2, 4, 5, 6]);
});

test("hours over midnight end on the next day; those of Sunday end on Monday", () => {
  expect(parseWeekHours("Fri 22-02")).toEqual([4 * 24 + 22, 4 * 24 + 23, 5 * 24, 5 * 24 + 1]);
  expect(parseWeekHours("Sun 23-01")).toEqual([167, 0]);
});
