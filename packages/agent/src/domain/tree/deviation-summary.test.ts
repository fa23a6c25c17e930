import { expect, test } from "vitest";
import { LIMITS, type Deviation } from "@sitewright/protocol";
import { createDeviationSummary } from "./compare-tree.ts";

const many = (kind: Deviation["kind"], count: number): Deviation[] =>
  Array.from({ length: count }, (_, n) => ({ kind, path: `ABC00001/${kind}-${n}` }));

function summarizeDeviations(all: readonly Deviation[]) {
  const summary = createDeviationSummary();
  all.forEach(summary.add);
  return summary.summary();
}

test("every kind is counted in full and named by some paths, however many there are of another", () => {
  const { deviations, deviationCount, counts } = summarizeDeviations([
    ...many("missing", 500),
    ...many("rights", 2),
    ...many("damaged", 60),
  ]);
  expect(deviationCount).toBe(562);
  expect(counts).toEqual({ missing: 500, extra: 0, damaged: 60, rights: 2 });
  expect(deviations).toHaveLength(LIMITS.deviations);
  expect(deviations).toEqual([...many("missing", 73), ...many("rights", 2), ...many("damaged", 25)]);
});

test("few deviations are all named, in the order in which they were found", () => {
  const all = [...many("extra", 2), ...many("damaged", 1)];
  expect(summarizeDeviations(all)).toMatchObject({ deviations: all, deviationCount: 3 });
});
