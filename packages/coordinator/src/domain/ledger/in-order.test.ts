import { expect, test } from "vitest";
import { inOrder, type Chained } from "./in-order.ts";

const entry = (name: string, at: number, seen: string[] = []): Chained & { name: string } => {
  const [writer = "", number] = name.split("/");
  const tips = seen.map((tip) => tip.split("/")).map(([of = "", last]) => [of, { number: Number(last), hash: "" }] as const);
  return { name, writer, number: Number(number), at, seen: Object.fromEntries(tips) };
};

/** In every order that begins with another one. */
function rotations<T>(all: readonly T[]): T[][] {
  return all.flatMap((_, at) => [[...all.slice(at), ...all.slice(0, at)], [...all.slice(at), ...all.slice(0, at)].toReversed()]);
}

test.each([
  ["of one writer, by their numbers, although its clock was set back", [entry("a/1", 5), entry("a/2", 9), entry("a/3", 2)]],
  ["after what their writer had seen, although its clock was behind", [entry("a/1", 50), entry("a/2", 60), entry("b/1", 7, ["a/2"])]],
  ["of writers that had not seen each other, by their times", [entry("a/1", 1), entry("b/1", 2), entry("a/2", 3), entry("b/2", 4)]],
  ["after what their writer had seen of an entry that is not among them", [entry("a/1", 50), entry("a/3", 60), entry("b/1", 7, ["a/4"])]],
  [
    "after what those had seen that their writer had seen",
    [entry("a/1", 9), entry("b/1", 8, ["a/1"]), entry("c/1", 1, ["b/1"]), entry("c/2", 2)],
  ],
  ["after what their writer had seen, and not after what followed that", [entry("a/1", 1), entry("b/1", 2, ["a/1"]), entry("a/2", 3)]],
])("entries follow each other %s", (_, expected) => {
  for (const given of rotations(expected)) expect(inOrder(given).map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
});

test("entries of an altered ledger that name each other in a circle are all there", () => {
  const circle = [entry("a/1", 1, ["b/1"]), entry("b/1", 2, ["a/1"]), entry("c/1", 3)];
  expect(inOrder(circle).map(({ name }) => name)).toEqual(["c/1", "a/1", "b/1"]);
});
