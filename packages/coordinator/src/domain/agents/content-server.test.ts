import { expect, test } from "vitest";
import { contentServer } from "./content-server.ts";

const LINES = Array.from({ length: 1000 }, (_, i) => `S${i}`);

const shares = (members: [string, ...string[]]): Record<string, string> =>
  Object.fromEntries(LINES.map((line) => [line, contentServer(line, members)]));

test("each coordinator serves its share of the lines, whatever the order in which they are known", () => {
  const of = shares(["one", "two", "three"]);
  for (const member of ["one", "two", "three"])
    expect(Object.values(of).filter((server) => server === member).length).toBeGreaterThan(LINES.length / 4);
  expect(shares(["three", "one", "two"])).toEqual(of);
});

test("when one goes only its own lines move", () => {
  const [before, after] = [shares(["one", "two", "three"]), shares(["one", "two"])];
  const moved = LINES.filter((line) => before[line] !== after[line]);
  expect(moved).toEqual(LINES.filter((line) => before[line] === "three"));
});
