import { expect, test } from "vitest";
import { isHeld, quarantineOf } from "./quarantine.ts";

const SIGNS = ["its epoch is 1, and 2 was seen"];

test("a site whose numbers are below those that were seen is sent nothing, not even by its own recovery", () => {
  const silent = quarantineOf(SIGNS, "7");
  expect([isHeld(silent, "stage", undefined), isHeld(silent, "stage", "7")]).toEqual([true, true]);
});

test("once its numbers are raised it is sent what its recovery orders, and nothing else, until the recovery ends", () => {
  const open = quarantineOf([], "7");
  expect([isHeld(open, "stage", "7"), isHeld(open, "stage", undefined), isHeld(open, "stage", "8")]).toEqual([false, true, true]);
  const ended = quarantineOf([], undefined);
  expect([isHeld(ended, "stage", "7"), isHeld(ended, "stage", undefined)]).toEqual([false, false]);
});

test("a quarantine lets through what only asks a system what it holds", () => {
  const silent = quarantineOf(SIGNS, undefined);
  expect([isHeld(silent, "verify", undefined), isHeld(silent, "estimate", undefined)]).toEqual([false, false]);
  for (const task of ["stage", "activate", "undo", "remove"] as const) expect(isHeld(silent, task, undefined)).toBe(true);
});
