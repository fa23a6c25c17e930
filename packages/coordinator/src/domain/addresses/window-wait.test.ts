import { expect, test } from "vitest";
import type { Window } from "@sitewright/protocol";
import { anAddress } from "../../../test-support/fakes.ts";
import { windowWait } from "./window-wait.ts";

const HOUR = 3_600_000;
/** A Monday, 10 in the morning. */
const MONDAY = Date.UTC(2026, 0, 5, 10);
const week = (of: (hour: number) => Window) => Array.from({ length: 168 }, (_, hour) => of(hour));

test("work that may cross waits for no window", () => {
  expect(windowWait([], "low", MONDAY)).toBeUndefined();
  expect(windowWait([anAddress("SEC", { schedule: week(() => "high") })], "high", MONDAY)).toBeUndefined();
});

test("the line that keeps work back is named, with the time at which all lines of the path are open", () => {
  const far = anAddress("FAR", { schedule: week((hour) => (hour % 24 < 12 ? "high" : "all")), timeZone: "UTC" });
  const near = anAddress("SEC", { schedule: week((hour) => (hour % 24 >= 12 && hour % 24 < 15 ? "closed" : "all")) });
  expect(windowWait([far], "low", MONDAY)).toEqual({ address: "FAR", timeZone: "UTC", opensAt: MONDAY + 2 * HOUR });
  expect(windowWait([near, far], "low", MONDAY)).toEqual({ address: "FAR", timeZone: "UTC", opensAt: MONDAY + 5 * HOUR });
});

test("for lines that are never open together, and for a paused one, no time is given", () => {
  const mornings = anAddress("FAR", { schedule: week((hour) => (hour % 24 < 12 ? "all" : "closed")) });
  const evenings = anAddress("SEC", { schedule: week((hour) => (hour % 24 < 12 ? "closed" : "all")) });
  expect(windowWait([mornings, evenings], "high", MONDAY)).toEqual({ address: "SEC", timeZone: "UTC" });
  expect(windowWait([anAddress("SEC", { paused: true })], "high", MONDAY)).toEqual({ address: "SEC", timeZone: "UTC" });
});
