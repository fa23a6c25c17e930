import { expect, test } from "vitest";
import { plural } from "./plural.ts";

test("one thing is named in the singular, none and several in the plural, also where that is another word", () => {
  expect([0, 1, 2].map((count) => plural(count, "unit"))).toEqual(["0 units", "1 unit", "2 units"]);
  expect([1, 2].map((count) => plural(count, "place is", "places are"))).toEqual(["1 place is", "2 places are"]);
});
