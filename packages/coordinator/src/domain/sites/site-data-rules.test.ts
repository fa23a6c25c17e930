import { expect, test } from "vitest";
import { closestName, findCircles } from "./site-data-rules.ts";

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

test("a slip of the fingers finds the name that was meant, anything else finds none", () => {
  const known = ["rateLimit", "schedule", "concurrency"];
  expect(["ratelimits", "shcedule", "concurency", "colour", ""].map((name) => closestName(name, known))).toEqual([
    "rateLimit",
    "schedule",
    "concurrency",
    undefined,
    undefined,
  ]);
});
