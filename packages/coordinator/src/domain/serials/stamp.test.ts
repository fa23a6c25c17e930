import fc from "fast-check";
import { expect, test } from "vitest";
import { relate } from "./stamp.ts";

test.each([
  [{ epoch: 1, number: 5, hash: "a" }, { epoch: 1, number: 4, hash: "b" }, "newer"],
  [{ epoch: 1, number: 4, hash: "a" }, { epoch: 1, number: 5, hash: "b" }, "older"],
  [{ epoch: 2, number: 1, hash: "a" }, { epoch: 1, number: 900, hash: "b" }, "newer"],
  [{ epoch: 1, number: 5, hash: "a" }, { epoch: 1, number: 5, hash: "a" }, "same"],
  [{ epoch: 1, number: 5, hash: "a" }, { epoch: 1, number: 5, hash: "b" }, "conflict"],
] as const)("%j offered where %j is held is %s", (offered, held, relation) => {
  expect(relate(offered, held)).toBe(relation);
});

test("comparing two stamps in reverse gives the reverse result", () => {
  const stamp = fc.record({
    epoch: fc.integer({ min: 1, max: 3 }),
    number: fc.integer({ min: 0, max: 5 }),
    hash: fc.constantFrom("a", "b"),
  });
  const reverse = { newer: "older", older: "newer", same: "same", conflict: "conflict" };
  fc.assert(
    fc.property(stamp, stamp, (a, b) => {
      expect(relate(a, b)).toBe(reverse[relate(b, a)]);
    }),
  );
});
