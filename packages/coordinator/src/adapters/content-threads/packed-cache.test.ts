import { expect, test } from "vitest";
import { packedCache } from "./packed-cache.ts";

test("what was used longest ago makes room for what comes", () => {
  const cache = packedCache(2_500);
  cache.set("a", new Uint8Array(1000));
  cache.set("b", new Uint8Array(1000));
  cache.get("a");
  cache.set("c", new Uint8Array(1000));
  expect([cache.get("a")?.length, cache.get("b"), cache.get("c")?.length]).toEqual([1000, undefined, 1000]);
});

test("that packing does not pay is remembered too", () => {
  const cache = packedCache(1000);
  cache.set("a", "raw");
  expect(cache.get("a")).toBe("raw");
});
