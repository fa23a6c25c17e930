import { expect, test } from "vitest";
import type { Site } from "../sites/hierarchy.ts";
import { afterParent, parentAsDetail, refusedParents, type KnownParent } from "./parents.ts";

function sitesOf(parents: Record<string, string>): Map<string, Site> {
  return new Map(
    Object.entries(parents).map(([code, parent]) => [
      code,
      { code, name: code, type: "primary", server: "S", timeZone: "UTC", logonSenior: true, ...(parent === "" ? {} : { parent }) },
    ]),
  );
}
const knownOf = (parents: Record<string, string>): Map<string, KnownParent> =>
  new Map(Object.entries(parents).map(([site, parent]) => [site, { parent }]));
const blocked =
  (...codes: string[]) =>
  ({ code }: Site) =>
    codes.includes(code) ? [{ site: code, message: "it went back" }] : [];

test("the first reading of all is taken as it is", () => {
  expect(refusedParents({ sites: sitesOf({ ABC: "", SEC: "ABC" }) }, new Map(), blocked("ABC"))).toEqual([]);
});

test("a changed parent is refused for what is known against it or against any site above it, and the one before stays", () => {
  const sites = sitesOf({ CEN: "", ABC: "CEN", OLD: "", SEC: "ABC" });
  const known = knownOf({ CEN: "", ABC: "CEN", OLD: "", SEC: "OLD" });
  expect(refusedParents({ sites }, known, blocked("CEN"))).toEqual([
    { site: "SEC", parent: "ABC", stays: "OLD", blocks: [{ site: "CEN", message: "it went back" }] },
  ]);
  expect(refusedParents({ sites }, known, blocked("OLD"))).toEqual([]);
});

test("a parent that is as it was is not looked at, and one that was taken away is no new one", () => {
  expect(refusedParents({ sites: sitesOf({ ABC: "", SEC: "ABC" }) }, knownOf({ ABC: "", SEC: "ABC" }), blocked("ABC"))).toEqual([]);
  expect(refusedParents({ sites: sitesOf({ ABC: "", SEC: "" }) }, knownOf({ ABC: "", SEC: "ABC" }), blocked("ABC"))).toEqual([]);
});

test("a new site below one that cannot be followed has no parent, nor has one whose parent of before is gone", () => {
  const sites = sitesOf({ ABC: "", NEW: "ABC", SEC: "ABC" });
  const refused = refusedParents({ sites }, knownOf({ ABC: "", OLD: "", SEC: "OLD" }), blocked("ABC"));
  expect(refused.map(({ site, stays }) => [site, stays])).toEqual([
    ["NEW", undefined],
    ["SEC", undefined],
  ]);
});

test("a parent of before that would make a circle with what else changed does not stay", () => {
  const sites = sitesOf({ CEN: "", ABC: "SEC", SEC: "CEN" });
  const refused = refusedParents({ sites }, knownOf({ CEN: "", ABC: "SEC", SEC: "ABC" }), blocked("CEN"));
  expect(refused).toEqual([{ site: "SEC", parent: "CEN", blocks: expect.any(Array) as unknown }]);
});

test("a parent that a person allowed is not refused, which is used up once it is in force", () => {
  const before = afterParent(undefined, { kind: "site-seen", details: parentAsDetail(undefined) });
  const allowed = afterParent(before, { kind: "parent-accepted", details: { parent: "ABC", reason: "why" } });
  expect(allowed).toEqual({ parent: "", allowed: "ABC" });
  const sites = sitesOf({ ABC: "", SEC: "ABC" });
  expect(refusedParents({ sites }, new Map([["SEC", allowed ?? { parent: "" }]]), blocked("ABC"))).toEqual([]);
  expect(afterParent(allowed, { kind: "site-seen", details: parentAsDetail("ABC") })).toEqual({ parent: "ABC" });
  expect(afterParent(allowed, { kind: "site-seen", details: { epoch: "2" } })).toBe(allowed);
});
