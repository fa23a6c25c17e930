import { expect, test } from "vitest";
import { aHierarchy, anAddress } from "../../../test-support/fakes.ts";
import type { Hierarchy, System } from "./hierarchy.ts";
import { areNeighbours, neighboursOf, sharedSite } from "./neighbours.ts";

/** SRV2 and SRV3 at SEC, SRV1 at ABC. */
function hierarchy(changes: Record<string, Partial<System>> = {}, addresses = [anAddress("SEC")]): Hierarchy {
  const plain = aHierarchy(addresses);
  return { ...plain, systems: new Map([...plain.systems].map(([name, system]) => [name, { ...system, ...changes[name] }])) };
}

test("systems of a site that is reached over an address are neighbours", () => {
  expect([sharedSite(hierarchy(), "SRV2"), neighboursOf(hierarchy(), "SRV2")]).toEqual(["SEC", ["SRV3"]]);
});

test.each<[why: string, hierarchy: Hierarchy | undefined]>([
  ["no shared line is known", hierarchy({}, [])],
  ["one of them has a line of its own", hierarchy({ SRV3: { address: anAddress("SRV3") } })],
  ["one of them has no role, as many a site server", hierarchy({ SRV3: { roles: [] } })],
  ["one of them is excluded from sharing", hierarchy({ SRV3: { peers: false } })],
  ["they are at different sites", hierarchy({ SRV3: { site: "ABC" } }, [anAddress("SEC"), anAddress("ABC")])],
  ["the hierarchy is not known yet", undefined],
])("they are not where %s", (_, given) => {
  expect(areNeighbours(given, "SRV2", "SRV3")).toBe(false);
  expect(areNeighbours(given, "SRV3", "SRV2")).toBe(false);
});

test("a system is not its own neighbour", () => expect(areNeighbours(hierarchy(), "SRV2", "SRV2")).toBe(false));
