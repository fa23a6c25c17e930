import { expect, test } from "vitest";
import {
  acceptedCounts,
  afterCounts,
  countsAsDetails,
  countsToRecord,
  shrunkSigns,
  type SeenCounts,
  type SiteCounts,
} from "./site-counts.ts";

const DAY = 86_400_000;
const seen = (counts: SiteCounts): SeenCounts => ({ counts, at: 0 });
const packages = (was: number, is: number): string[] => shrunkSigns({ packages: is }, seen({ packages: was }));

test.each<[was: number, is: number, shrunk: boolean]>([
  [100, 100, false],
  [100, 50, false],
  [100, 49, true],
  [100, 0, true],
  [4, 2, false],
  [4, 1, true],
  [3, 1, false],
  [3, 0, true],
  [1, 0, true],
  [0, 0, false],
  [3, 90, false],
])("of %i packages that were seen %i are left: %s", (was, is, shrunk) => {
  expect(packages(was, is).length > 0).toBe(shrunk);
});

test("what shrank is reported by kind, with what exists, what was seen and when", () => {
  const was = seen({ folders: 1, packages: 40, programs: 12, advertisements: 30 });
  expect(shrunkSigns({ folders: 0, packages: 3, programs: 12, advertisements: 30 }, was)).toEqual([
    "of 1 folder none is left",
    "of 40 packages 3 are left (they were seen 1970-01-01 00:00 UTC)",
  ]);
});

test("nothing is reported of a site that was never seen, nor of what could not be counted", () => {
  expect(shrunkSigns({ packages: 0 }, undefined)).toEqual([]);
  expect(shrunkSigns({}, seen({ packages: 40 }))).toEqual([]);
});

test("a site is recorded once it has something, and again when it has a quarter more", () => {
  expect(countsToRecord({ packages: 0, folders: 0 }, undefined, 0)).toBeUndefined();
  expect(countsToRecord({ packages: 2 }, undefined, 0)).toEqual({ packages: 2 });
  expect(countsToRecord({ packages: 125 }, seen({ packages: 100 }), DAY)).toBeUndefined();
  expect(countsToRecord({ packages: 126 }, seen({ packages: 100 }), 1)).toEqual({ packages: 126 });
});

test("a lower count becomes normal only after a day, so that a folder that is being emptied does not lower the expectation with it", () => {
  const was = seen({ packages: 100 });
  expect(countsToRecord({ packages: 60 }, was, DAY - 1)).toBeUndefined();
  expect(packages(100, 45)).toHaveLength(1);
  expect(countsToRecord({ packages: 60 }, was, DAY)).toEqual({ packages: 60 });
});

test("a higher count of one kind does not make a lower one of another normal", () => {
  const was = seen({ packages: 100, advertisements: 10 });
  expect(countsToRecord({ packages: 60, advertisements: 20 }, was, 1)).toEqual({ packages: 100, advertisements: 20 });
});

test("what could not be counted stays as it was seen, also after an operator accepted the site", () => {
  const was = seen({ packages: 100, programs: 9 });
  expect(countsToRecord({ packages: 200 }, was, DAY)).toEqual({ packages: 200, programs: 9 });
  expect(acceptedCounts({ packages: 1 }, was)).toEqual({ packages: 1, programs: 9 });
});

test("counts are read again from the ledger as they were written, and entries without counts do not change them", () => {
  const known = afterCounts(undefined, { at: 5, details: countsAsDetails({ packages: 3 }) });
  expect(known).toEqual({ counts: { packages: 3 }, at: 5 });
  expect(afterCounts(known, { at: 9, details: { epoch: "2" } })).toBe(known);
});
