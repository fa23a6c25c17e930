import { expect, test } from "vitest";
import type { SystemState } from "@sitewright/protocol";
import { finish } from "../slices.ts";
import type { Site } from "./hierarchy.ts";
import { pageOfSites, type SiteQuery, type StatedSystem } from "./site-page.ts";

const aSite = (code: string, name: string): Site => ({ code, name, type: "secondary", server: "", timeZone: "UTC", logonSenior: false });
const aSystem = (name: string, site: string, state: SystemState): StatedSystem => ({ name, site, state, roles: ["dp"] });

const sites = [aSite("ABC", "Chicago"), aSite("SEC", "Seattle"), aSite("POR", "Portland"), aSite("EMP", "Empty")];
const systems = [
  aSystem("SRVABC", "ABC", "rebuilt"),
  aSystem("DPABC", "ABC", "working"),
  aSystem("SRVSEC", "SEC", "connected"),
  aSystem("SRVPOR", "POR", "rebuilt"),
  aSystem("DPPOR", "POR", "failed"),
];

function listed(query: Partial<SiteQuery>) {
  const page = finish(pageOfSites(sites, systems, { limit: 30, after: 0, ...query }));
  return {
    ...page,
    sites: page.sites.map(({ site, systems: own, systemCount }) => `${site.code} ${systemCount}: ${own.map(({ name }) => name).join()}`),
  };
}

test("sites where something needs attention come first, and in them those systems; the others keep their order", () => {
  expect(listed({})).toEqual({
    sites: ["POR 2: DPPOR,SRVPOR", "ABC 2: SRVABC,DPABC", "SEC 1: SRVSEC", "EMP 0: "],
    found: 4,
    counts: { all: 5, attention: 1, working: 1, rebuilt: 2, other: 1 },
  });
});

test("a site server without roles needs no attention when no agent ever joined it", () => {
  const page = finish(pageOfSites(sites, [...systems, { ...aSystem("SITESRV", "SEC", "unjoined"), roles: [] }], { limit: 1, after: 1 }));
  expect(page.sites.map(({ site }) => site.code)).toEqual(["ABC"]);
});

test("systems are found by their state, and by a part of their name or that of their site", () => {
  expect(listed({ state: "rebuilt" })).toMatchObject({ sites: ["ABC 1: SRVABC", "POR 1: SRVPOR"], found: 2, counts: { all: 5 } });
  expect(listed({ text: " dp " })).toMatchObject({ sites: ["POR 1: DPPOR", "ABC 1: DPABC"], counts: { all: 2, attention: 1, working: 1 } });
  expect(listed({ text: "chicago" }).sites).toEqual(["ABC 2: SRVABC,DPABC"]);
  expect(listed({ text: "empty" }).sites).toEqual(["EMP 0: "]);
  expect(listed({ text: "por", state: "attention" }).sites).toEqual(["POR 1: DPPOR"]);
  expect(listed({ text: "none" })).toMatchObject({ sites: [], found: 0 });
});

test("pages together hold each site once", () => {
  expect(listed({ limit: 3 })).toMatchObject({ sites: { length: 3 }, found: 4, next: 3 });
  expect(listed({ limit: 3, after: 3 })).toMatchObject({ sites: ["EMP 0: "], found: 4 });
  expect(listed({ limit: 3, after: 3 })).not.toHaveProperty("next");
});

test("of a site with very many systems the first are listed, and all are counted", () => {
  const many = Array.from({ length: 70 }, (_, number) => aSystem(`S${number}`, "ABC", number === 69 ? "away" : "rebuilt"));
  const [first] = finish(pageOfSites(sites, many, { limit: 1, after: 0 })).sites;
  expect([first?.systems.length, first?.systems[0]?.name, first?.systemCount]).toEqual([50, "S69", 70]);
});
