import { expect, test } from "vitest";
import { aHierarchy, anAddress } from "../../../test-support/fakes.ts";
import { addressPath } from "./address-path.ts";

const keys = (path: { key: string }[]) => path.map(({ key }) => key);

test("bytes to a system cross its site's line and those that carry it", () => {
  const hierarchy = aHierarchy([anAddress("SEC", { via: "ABC" }), anAddress("ABC")]);
  expect(keys(addressPath(hierarchy, "SRV2"))).toEqual(["SEC", "ABC"]);
  expect(keys(addressPath(hierarchy, "SRV1"))).toEqual(["ABC"]);
  expect(addressPath(aHierarchy(), "SRV2")).toEqual([]);
  expect(addressPath(hierarchy, "NOBODY")).toEqual([]);
});

test("a system's own line comes before its site's, and a cycle of lines ends", () => {
  const hierarchy = aHierarchy([anAddress("SEC", { via: "ABC" }), anAddress("ABC", { via: "SEC" })]);
  expect(keys(addressPath(hierarchy, "SRV2"))).toEqual(["SEC", "ABC"]);
  const system = { name: "SRV2", site: "SEC", roles: [], address: anAddress("SRV2") };
  expect(keys(addressPath({ ...hierarchy, systems: new Map([["SRV2", system]]) }, "SRV2"))).toEqual(["SRV2"]);
});
