import { expect, test } from "vitest";
import { findCircles } from "./site-data-rules.ts";

test("every cycle is found once, without names that only lead into it", () => {
  const next = new Map([
    ["A", "B"],
    ["B", "C"],
    ["C", "B"],
    ["D", "D"],
    ["E", undefined],
    ["F", "E"],
    ["G", "nowhere"],
  ]);
  expect(findCircles(next)).toEqual([["B", "C"], ["D"]]);
});
