import { expect, test } from "vitest";
import { filterSliced, finish, groupSliced, mapSliced, SLICE, sortSliced } from "./slices.ts";

/** Deterministic, with many equal keys. */
const items = Array.from({ length: 5 * SLICE + 17 }, (_, index) => ({ key: (index * 7919) % 1009, index }));

function stepsOf(work: Generator<void, unknown>): number {
  let steps = 1;
  while (!work.next().done) steps += 1;
  return steps;
}

test("work in slices has the result of the work at once, and yields after each slice", () => {
  const byKey = (a: { key: number }, b: { key: number }) => a.key - b.key;
  expect(finish(mapSliced(items, ({ key }) => key))).toEqual(items.map(({ key }) => key));
  expect(finish(filterSliced(items, ({ key }) => key > 500))).toEqual(items.filter(({ key }) => key > 500));
  expect(finish(groupSliced(items, ({ key }) => key))).toEqual(Map.groupBy(items, ({ key }) => key));
  expect(finish(sortSliced(items, byKey))).toEqual(items.toSorted(byKey));
  const works = [mapSliced(items, ({ key }) => key), groupSliced(items, ({ key }) => key), sortSliced(items, byKey)];
  for (const work of works) expect(stepsOf(work)).toBeGreaterThan(5);
});

test("sorting in slices works for every small number of items", () => {
  for (const length of [0, 1, 2, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 1, 3 * SLICE]) {
    const some = Array.from({ length }, (_, index) => (index * 31) % 97);
    expect(finish(sortSliced(some, (a, b) => a - b))).toEqual(some.toSorted((a, b) => a - b));
  }
});
