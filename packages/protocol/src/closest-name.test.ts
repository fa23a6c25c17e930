import { expect, test } from "vitest";
import { closestName } from "./closest-name.ts";

test("a typing error finds the name that was meant, any other name finds none", () => {
  const known = ["rateLimit", "schedule", "concurrency"];
  expect(["ratelimits", "shcedule", "concurency", "colour", ""].map((name) => closestName(name, known))).toEqual([
    "rateLimit",
    "schedule",
    "concurrency",
    undefined,
    undefined,
  ]);
});
