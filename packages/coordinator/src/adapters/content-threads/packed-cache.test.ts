import { expect, test } from "vitest";
import { packedCache } from "./packed-cache.ts";

test("the least recently used bundle makes room for new ones", () => {
  const cache = packedCache(2_500);
  cache.set("a", new Uint8Array(1000));
  cache.set("b", new Uint8Array(1000));
  cache.get("a");
  cache.set("c", new Uint8Array(1000));
  expect([cache.get("a")?.length, cache.get("b"), cache.get("c")?.length]).toEqual([1000, undefined, 1000]);
});

test("that packing a bundle does not pay is cached too", () => {
  const cache = packedCache(1000);
  cache.set("a", "raw");
  expect(cache.get("a")).toBe("raw");
});
