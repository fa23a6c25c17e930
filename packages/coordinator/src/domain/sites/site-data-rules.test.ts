import { expect, test } from "vitest";
import { findCircles } from "./site-data-rules.ts";

test("every circle is found once, and what only leads into one is no part of it", () => {
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
