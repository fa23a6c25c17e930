import { expect, test } from "vitest";
import { planManifestParts, readPartHeader, recordAt, writePartHeader, type RecordPlace } from "../index.ts";

/** Records of these sizes in bytes, by path. */
function places(records: [path: string, bytes: number][]): RecordPlace[] {
  let at = 0;
  return records.map(([path, bytes]) => ({ path, from: at, to: (at += bytes) }));
}

test("parts follow each other without gaps, and each finds the bytes of the base about the same paths", () => {
  const base = places([
    ["", 10],
    ["a", 40],
    ["b", 40],
    ["d", 40],
  ]);
  const next = places([
    ["", 10],
    ["a", 40],
    ["c", 40],
    ["d", 40],
  ]);
  expect([...planManifestParts(base, next, { limit: 60 })]).toEqual([
    { next: { from: 0, to: 50 }, base: { from: 0, to: 50 } },
    { next: { from: 50, to: 90 }, base: { from: 50, to: 90 } },
    { next: { from: 90, to: 130 }, base: { from: 90, to: 130 } },
  ]);
});

test("without a base, a part has no dictionary; a record larger than a part is cut", () => {
  expect(
    [
      ...planManifestParts(
        [],
        places([
          ["", 10],
          ["a", 250],
        ]),
        { limit: 100 },
      ),
    ].map(({ next }) => next),
  ).toEqual([
    { from: 0, to: 10 },
    { from: 10, to: 110 },
    { from: 110, to: 210 },
    { from: 210, to: 260 },
  ]);
});

test("what the other side already has is not sent again", () => {
  const records = places([
    ["", 10],
    ["a", 40],
    ["b", 40],
  ]);
  expect([...planManifestParts(records, records, { limit: 100, from: 50 })]).toEqual([
    { next: { from: 50, to: 90 }, base: { from: 50, to: 90 } },
  ]);
});

test("decoding the encoded header of a part yields the same header, wherever its base lies", () => {
  const header = { packed: 7, length: 1_000_000, base: { from: 1_000_000_000, to: 1_000_001_000 } };
  expect(readPartHeader(writePartHeader(header))).toEqual(header);
});

test("the place of a record is found by its length", () => {
  const bytes = new Uint8Array(1_000);
  bytes.set([0xc8, 0x01], 3); // 200
  expect(recordAt(bytes, 3)).toEqual({ from: 5, to: 205 });
  expect(recordAt(bytes.subarray(0, 4), 3)).toBeUndefined();
});

test("the first part is small, and each may be twice as large as the one before", () => {
  const records = Array.from({ length: 50 }, (_, i): RecordPlace => ({ from: i * 10, to: i * 10 + 10, path: `p${i}` }));
  const sizes = [...planManifestParts([], records, { limit: 200, first: 40 })].map(({ next }) => next.to - next.from);
  expect(sizes).toEqual([40, 80, 160, 200, 20]);
});
