import fc from "fast-check";
import { expect, test } from "vitest";
import { pinnedNoise } from "@sitewright/testkit/pinned-noise";
import { fileBytes, joined } from "../../test-support/bytes.ts";
import { chunkSizes, nextCut, type ChunkSizes } from "../index.ts";

const CLASSES: [name: string, sizes: ChunkSizes, bytes: number][] = [
  ["fine", chunkSizes(1), 600_000],
  ["coarse", chunkSizes(2 ** 30), 1_500_000],
];
/** Chunks that a small edit may change. Measured: on average 1.2; 16 in one of 5,000 edits, of ten more at most one in fifty of these. */
const CHANGED = 40;
/** Largest chunks after an edit that are examined. */
const WINDOW = 20;

function cuts(data: Uint8Array, sizes: ChunkSizes): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < data.length; at += lengths.at(-1) as number) lengths.push(nextCut(data, at, data.length, sizes));
  return lengths;
}

/** The same, read piece by piece into a buffer that is shifted whenever it holds less than the largest chunk. */
function cutsFed(data: Uint8Array, sizes: ChunkSizes, { capacity, piece, offset }: { capacity: number; piece: number; offset: number }) {
  const buffer = new Uint8Array(offset + sizes.max + capacity).fill(0xaa);
  const lengths: number[] = [];
  let [start, end, read] = [offset, offset, 0];
  for (;;) {
    while (read < data.length && end - start < sizes.max) {
      if (end === buffer.length) {
        buffer.copyWithin(offset, start, end);
        [start, end] = [offset, offset + end - start];
      }
      const part = data.subarray(read, read + Math.min(piece, buffer.length - end));
      buffer.set(part, end);
      end += part.length;
      read += part.length;
    }
    if (start === end) return lengths;
    const length = nextCut(buffer, start, end, sizes);
    lengths.push(length);
    start += length;
  }
}

interface Edit {
  at: number;
  out: number;
  into: Uint8Array;
}

/** How many chunks an edit makes, up to the first cut that existed before. */
function cutAnew(data: Uint8Array, ends: readonly number[], { at, out, into }: Edit, sizes: ChunkSizes): number {
  const known = new Set(ends);
  const from = ends.findLast((end) => end <= at) ?? 0;
  const changed = joined(data.subarray(from, at), into, data.subarray(at + out, at + out + WINDOW * sizes.max));
  const moved = from + out - into.length;
  let count = 0;
  for (let here = 0; here < changed.length;) {
    here += nextCut(changed, here, changed.length, sizes);
    count += 1;
    if (here >= at - from + into.length && known.has(moved + here)) break;
  }
  return count;
}

for (const [name, sizes, bytes] of CLASSES) {
  test(`${name} cuts cover the data, each within its bounds`, () => {
    fc.assert(
      fc.property(fileBytes(bytes), (data) => {
        const lengths = cuts(data, sizes);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(data.length);
        expect(lengths.every((length) => length > 0 && length <= sizes.max)).toBe(true);
        expect(lengths.slice(0, -1).every((length) => length > sizes.min)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  test(`${name} cuts depend on the content only, wherever it lies in a buffer and in whatever pieces it arrives`, () => {
    const feeding = fc.record({
      capacity: fc.integer({ min: 1, max: 2 * sizes.max }),
      piece: fc.integer({ min: 4_000, max: sizes.max }),
      offset: fc.nat(999),
    });
    fc.assert(
      fc.property(fileBytes(bytes), feeding, (data, how) => {
        expect(cutsFed(data, sizes, how)).toEqual(cuts(data, sizes));
      }),
      { numRuns: 15 },
    );
  });

  test(`${name} cuts: inserting, deleting or replacing bytes anywhere changes few chunks, seldom more than the one they lie in`, () => {
    const data = pinnedNoise(100 * sizes.average, 11);
    let at = 0;
    const ends = cuts(data, sizes).map((length) => (at += length));
    const counts: number[] = [];
    const edit = fc.record({
      at: fc.nat(data.length),
      out: fc.oneof(fc.constant(0), fc.nat(1_000)),
      into: fc.tuple(fc.oneof(fc.constant(0), fc.nat(1_000)), fc.nat()).map(([length, seed]) => pinnedNoise(length, seed)),
    });
    fc.assert(
      fc.property(edit, (one) => {
        counts.push(cutAnew(data, ends, { ...one, out: Math.min(one.out, data.length - one.at) }, sizes));
        expect(counts.at(-1)).toBeLessThanOrEqual(CHANGED);
      }),
      { numRuns: 100, endOnFailure: true },
    );
    expect(counts.reduce((sum, count) => sum + count, 0) / counts.length).toBeLessThan(3);
  });
}
