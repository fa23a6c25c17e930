import { expect, test } from "vitest";
import type { Window } from "@sitewright/protocol";
import { cellAfter, cellName, paintBetween } from "./week-grid.ts";

const open: Window[] = Array.from({ length: 168 }, () => "all");

test("an hour of the week is formatted as people say it", () => {
  expect([0, 23, 24 + 8, 167].map(cellName)).toEqual(["Monday 00 to 01", "Monday 23 to 24", "Tuesday 08 to 09", "Sunday 23 to 24"]);
});

test("painting from one corner to another paints the days and hours between, in any direction", () => {
  const painted = paintBetween(open, 2 * 24 + 9, 24 + 8, "high");
  expect(painted.flatMap((window, cell) => (window === "high" ? [cell] : []))).toEqual([24 + 8, 24 + 9, 48 + 8, 48 + 9]);
  expect(open.every((window) => window === "all")).toBe(true);
});

test("arrow keys move as on the screen, stay in the week, and Home and End lead to the ends of the day", () => {
  const from = 24 + 8;
  const keys = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End", "a"];
  expect(keys.map((key) => cellAfter(from, key, false))).toEqual([from + 1, from - 1, from + 24, from - 24, 24, 47, undefined]);
  expect(keys.slice(0, 4).map((key) => cellAfter(from, key, true))).toEqual([from + 24, from - 24, from + 1, from - 1]);
  expect([cellAfter(0, "ArrowLeft", false), cellAfter(23, "ArrowRight", false), cellAfter(150, "ArrowDown", false)]).toEqual([0, 23, 150]);
});
