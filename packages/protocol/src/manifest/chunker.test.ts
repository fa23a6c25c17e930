import { expect, test } from "vitest";
import { pinnedNoise } from "@sitewright/testkit/pinned-noise";
import { chunkSizes, LARGEST_CHUNK, nextCut, type ChunkSizes } from "../index.ts";

const FINE = chunkSizes(1_000_000);
const COARSE = chunkSizes(100_000_000);

function cuts(data: Uint8Array, sizes: ChunkSizes = FINE): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < data.length;) {
    const length = nextCut(data, at, data.length, sizes);
    lengths.push(length);
    at += length;
  }
  return lengths;
}

function contents(data: Uint8Array): Set<string> {
  let at = 0;
  return new Set(cuts(data).map((length) => Buffer.from(data.subarray(at, (at += length))).toString("latin1")));
}

test("the cuts of a fixed buffer are pinned, because every digest depends on them", () => {
  const data = pinnedNoise(1_000_000, 1);
  expect(cuts(data, COARSE)).toEqual([87835, 71777, 74028, 73619, 75403, 74434, 78528, 79830, 97055, 70310, 58730, 81366, 75424, 1661]);
  expect(cuts(data.subarray(0, 250_000), FINE)).toEqual([
    17250, 19510, 26526, 18856, 29572, 19778, 24491, 16434, 16792, 17773, 26538, 16480,
  ]);
});

test("a file of 32 MiB or more is cut into larger chunks, so that its list of chunks stays small", () => {
  expect(chunkSizes(32 * 1024 * 1024 - 1).average).toBe(16 * 1024);
  expect(chunkSizes(32 * 1024 * 1024).average).toBe(64 * 1024);
});

test.each([
  ["fine", FINE],
  ["coarse", COARSE],
])("%s chunks keep to the bounds and cover the data", (_, sizes) => {
  for (const seed of [2, 3, 4]) {
    const lengths = cuts(pinnedNoise(3_000_000, seed), sizes);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(3_000_000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(sizes.max);
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThan(sizes.min);
  }
});

test("data of one value is cut at the maximum, and a small file is one chunk", () => {
  expect(cuts(new Uint8Array(600_000), COARSE)).toEqual([LARGEST_CHUNK, LARGEST_CHUNK, 600_000 - 2 * LARGEST_CHUNK]);
  expect(cuts(pinnedNoise(FINE.min, 5))).toEqual([FINE.min]);
  expect(cuts(new Uint8Array(0))).toEqual([]);
});

test("the offset of the data in a buffer does not affect its cuts", () => {
  const data = pinnedNoise(700_000, 6);
  const shifted = new Uint8Array(data.length + 999);
  shifted.set(data, 999);
  expect(nextCut(shifted, 999, shifted.length, FINE)).toBe(nextCut(data, 0, data.length, FINE));
});

test("a byte inserted anywhere changes few chunks", () => {
  const data = pinnedNoise(4_000_000, 7);
  const before = contents(data);
  for (const place of [0, 1_234_567, 2_000_000, 3_999_000]) {
    const changed = new Uint8Array(data.length + 1);
    changed.set(data.subarray(0, place));
    changed[place] = 0x55;
    changed.set(data.subarray(place), place + 1);
    const fresh = [...contents(changed)].filter((chunk) => !before.has(chunk));
    expect(fresh.length).toBeGreaterThan(0);
    expect(fresh.length).toBeLessThanOrEqual(4);
  }
});
