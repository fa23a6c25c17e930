import { expect, test } from "vitest";
import { creditFor, creditWindow } from "./credit.ts";

test("the credit of a unit is half a second of its line, from 16 KiB to 1 MiB", () => {
  expect(creditWindow(2_000_000)).toBe(125_000);
  expect(creditWindow(64_000)).toBe(16 * 1024);
  expect(creditWindow(0)).toBe(16 * 1024);
  expect(creditWindow(1_000_000_000)).toBe(1024 * 1024);
  expect(creditWindow(undefined)).toBe(1024 * 1024);
});

test("on a short path without a limit credit is used in large pieces, elsewhere as it comes", () => {
  expect(creditFor(undefined, 0.3)).toEqual({ window: 1024 * 1024, least: 256 * 1024 });
  expect(creditFor(undefined, 80)).toEqual({ window: 1024 * 1024, least: 1 });
  expect(creditFor(2_000_000, 2)).toEqual({ window: 125_500, least: 1 });
});
