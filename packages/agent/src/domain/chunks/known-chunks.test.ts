import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkKey, createKnownChunks } from "./known-chunks.ts";

test("Keys are distinguished, and each has its latest number, however many there are", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 2 ** 52 - 1 }), fc.nat({ max: 2 ** 31 })), { maxLength: 5000 }), (pairs) => {
      const known = createKnownChunks();
      const expected = new Map<number, number>();
      for (const [key, number] of pairs) {
        known.set(key, number);
        expected.set(key, number);
      }
      for (const [key, number] of expected) expect(known.get(key)).toBe(number);
      expect(known.get(2 ** 52 - 7)).toBe(expected.get(2 ** 52 - 7));
    }),
    { numRuns: 30 },
  );
});

test("The key of a chunk is the start of its digest", () => {
  expect(chunkKey(`0123456789abc${"f".repeat(51)}`)).toBe(0x0123456789abc);
});
