import { expect, test } from "vitest";
import type { Site } from "../sites/hierarchy.ts";
import { blocksOf, chainAbove, overwritten, sitesBelow, type SiteObject, type SiteStanding } from "./connection-check.ts";

const site = (code: string, parent?: string): [string, Site] => [
  code,
  { code, name: code, type: "primary", server: `SRV${code}`, timeZone: "UTC", logonSenior: true, ...(parent ? { parent } : {}) },
];
const sites = new Map([site("CEN"), site("ABC", "CEN"), site("XYZ"), site("SEC", "XYZ")]);
const GOOD: SiteStanding = { signs: [], shrunk: [], recovery: "none" };
const object = (id: string, number: number | undefined, hash: string): SiteObject => ({
  kind: "advertisement",
  id,
  hash,
  bytes: 1,
  ...(number === undefined ? {} : { number }),
});

test("the chain above a child is its parent and everything above that, nearest first", () => {
  expect(chainAbove({ sites }, "XYZ", "ABC")).toEqual(["ABC", "CEN"]);
  expect(chainAbove({ sites }, "ABC", "CEN")).toEqual(["CEN"]);
});

test.each([
  ["XYZ", "NIX", "NOT_FOUND", /no site NIX; it has: ABC, CEN, SEC, XYZ/],
  ["NIX", "ABC", "NOT_FOUND", /no site NIX/],
  ["XYZ", "XYZ", "CONFLICT", /circle, XYZ -> XYZ/],
  ["XYZ", "SEC", "CONFLICT", /circle, XYZ -> SEC -> XYZ/],
])("%s below %s is refused: %s", (child, parent, code, message) => {
  expect(() => chainAbove({ sites }, child, parent)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
  );
});

test.each<[Partial<SiteStanding>, RegExp]>([
  [{ signs: ["its epoch is 1, and 2 was seen"] }, /went back: its epoch is 1/],
  [{ shrunk: ["of 5 packages none is left"] }, /most of it is missing \(of 5 packages none is left\)/],
  [{ recovery: "open" }, /not finished/],
  [{ recovery: "failed" }, /failed/],
  [{ recovery: "abandoned" }, /abandoned/],
  [{ recovery: "unknown" }, /nothing on record says how/],
])("a site with %j is not followed", (standing, message) => {
  expect(blocksOf("ABC", { ...GOOD, ...standing })).toEqual([{ site: "ABC", message: expect.stringMatching(message) as string }]);
});

test("a site that nothing is known against is followed, also after a recovery that ended well", () => {
  expect(blocksOf("ABC", GOOD)).toEqual([]);
  expect(blocksOf("ABC", { ...GOOD, recovery: "recovered" })).toEqual([]);
});

test("definitions of one id with other content or another number are overwritten by the nearest site above, in whatever case the id is written", () => {
  const child = [object("XYZ20000", 1, "a"), object("xyz20001", 3, "b"), object("XYZ20002", 1, "same"), object("XYZ20003", 1, "own")];
  const above = [
    { site: "ABC", objects: [object("XYZ20000", 1, "other"), object("XYZ20002", 1, "same")] },
    { site: "CEN", objects: [object("XYZ20000", 9, "further"), object("XYZ20001", 2, "b")] },
  ];
  expect(overwritten(child, above)).toEqual([
    { kind: "advertisement", id: "XYZ20000", by: "ABC", from: 1, to: 1 },
    { kind: "advertisement", id: "xyz20001", by: "CEN", from: 3, to: 2 },
  ]);
});

test("a site that is connected brings along the sites below it", () => {
  expect(sitesBelow({ sites }, "XYZ")).toEqual(new Set(["XYZ", "SEC"]));
  expect(sitesBelow({ sites }, "CEN")).toEqual(new Set(["CEN", "ABC"]));
});
