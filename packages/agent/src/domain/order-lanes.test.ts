import { expect, test } from "vitest";
import { startable } from "./order-lanes.ts";

const order = (name: string, id: string, fetches = false) => ({ unit: { role: "dp" as const, name }, id, fetches });

test("of several orders of one unit only the first may start", () => {
  expect(startable([order("A", "1"), order("A", "2"), order("B", "3")], []).map(({ id }) => id)).toEqual(["1", "3"]);
});

test("an order waits while its unit is busy, and does not block others", () => {
  expect(startable([order("A", "2"), order("B", "3")], [order("A", "1")]).map(({ id }) => id)).toEqual(["3"]);
});

test("no more start than the limit leaves free", () => {
  expect(startable([order("B", "2"), order("C", "3")], [order("A", "1")], 2).map(({ id }) => id)).toEqual(["2"]);
  expect(startable([order("B", "2")], [order("A", "1")], 1)).toEqual([]);
});

test("orders that fetch do not delay those that do not, except later ones of the same unit", () => {
  const running = [order("A", "1", true)];
  const waiting = [order("B", "2", true), order("B", "3"), order("C", "4")];
  expect(startable(waiting, running, 1).map(({ id }) => id)).toEqual(["4"]);
});
