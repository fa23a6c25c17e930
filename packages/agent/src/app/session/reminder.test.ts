import { expect, test } from "vitest";
import { createReminder } from "./session.ts";

const MINUTE = 60_000;

test("a reason is reported when it is new, when it differs from the previous one, and again after an hour", () => {
  let now = 0;
  const isNews = createReminder(() => now);
  const said: [number, string][] = [];
  for (; now < 150 * MINUTE; now += MINUTE) {
    const reason = now === 30 * MINUTE ? "another authority" : "refused";
    if (isNews(reason)) said.push([now / MINUTE, reason]);
  }
  expect(said).toEqual([
    [0, "refused"],
    [30, "another authority"],
    [60, "refused"],
    [120, "refused"],
  ]);
});

test("alternating reasons are each reported once an hour", () => {
  let now = 0;
  const isNews = createReminder(() => now);
  let said = 0;
  for (; now < 60 * MINUTE; now += 1000) if (isNews(`reason ${(now / 1000) % 5}`)) said += 1;
  expect(said).toBe(5);
});

test("a clock that is set back does not make it silent", () => {
  let now = 100 * MINUTE;
  const isNews = createReminder(() => now);
  expect(isNews("refused")).toBe(true);
  now = 0;
  expect(isNews("refused")).toBe(true);
});
