import { expect, test } from "vitest";
import type { Hierarchy, UnitSource } from "./hierarchy.ts";
import { compareWithMemory, placesToLookAt, withoutPlaces, type Described, type FoundPlace, type RememberedUnit } from "./site-memory.ts";

const hierarchy: Hierarchy = {
  sites: new Map([
    ["ABC", { code: "ABC", name: "ABC", type: "primary", server: "SRV1", timeZone: "UTC", logonSenior: true }],
    ["SEC", { code: "SEC", name: "SEC", type: "secondary", parent: "ABC", server: "SRV2", timeZone: "UTC", logonSenior: true }],
  ]),
  systems: new Map([
    ["SRV1", { name: "SRV1", site: "ABC", roles: ["dp"] }],
    ["SRV2", { name: "SRV2", site: "SEC", roles: ["cap", "logon-point", "dp"] }],
  ]),
  addresses: new Map(),
};

function aPackage(id: string): UnitSource {
  const owned = [{ path: id, kind: "folder" as const, rights: "clients-read" as const, source: `packages/${id}/source` }];
  const statedIn = `packages/${id}/package.yaml`;
  return { unit: { role: "dp", name: id }, owned, places: [`packages/${id}/source`, statedIn], statedIn, priority: "medium" };
}

/** A CAP of two inboxes that come from the folder of a site. */
function aCap(from: string): UnitSource {
  const owned = ["clifiles", "offerinf"].map((box) => ({
    path: `CAP_SEC/${box}.box`,
    kind: "folder" as const,
    rights: "clients-read" as const,
    source: `${from}/inboxes/${box}.src`,
  }));
  const places = owned.map(({ source }) => source);
  return { unit: { role: "cap", name: "CAP_SEC" }, owned, places, statedIn: "hierarchy.yaml", priority: "high" };
}

function described(...units: UnitSource[]): Described {
  const servers = { cap: ["SRV2"], "logon-point": ["SRV2"], dp: ["SRV1", "SRV2"] };
  return {
    hierarchy,
    units,
    servedBy: new Map(units.map(({ unit }) => [`${unit.role}/${unit.name}`, servers[unit.role]])),
    described: new Set(units.filter(({ unit }) => unit.role === "dp").map(({ unit }) => `dp/${unit.name}`)),
    sitePlaces: new Map([...hierarchy.sites.keys()].map((code) => [code, [`${code}/objects`]])),
    problems: [],
  };
}

/** The state of places; all others are non-empty folders, and YAML files. */
function compare(reading: Described, memory: Map<string, RememberedUnit>, differing: Record<string, Partial<FoundPlace>> = {}) {
  const found = new Map(
    [...placesToLookAt(reading, memory)].map((place): [string, FoundPlace] => {
      const usual = { is: place.endsWith(".yaml") ? ("file" as const) : ("filled" as const), at: place };
      return [place, { ...usual, ...differing[place] }];
    }),
  );
  return compareWithMemory(reading, memory, found);
}

const absent = (at: string): Partial<FoundPlace> => ({ is: "absent", at });

test("the first reading is learned, and nothing is missing", () => {
  const { learned, gone, problems } = compare(described(aPackage("ABC00001")), new Map(), { "packages/ABC00001/source": { is: "empty" } });
  expect(learned.get("dp/ABC00001")).toEqual({
    places: { "packages/ABC00001/source": { is: "empty" }, "packages/ABC00001/package.yaml": { is: "file" } },
    systems: ["SRV1", "SRV2"],
  });
  expect([gone, problems]).toEqual([[], []]);
});

test("an unchanged state is not learned again", () => {
  const reading = described(aPackage("ABC00001"), aCap("SEC"));
  const memory = compare(reading, new Map()).learned;
  expect(compare(reading, memory).learned).toEqual(new Map());
});

test.for<[what: string, found: Record<string, Partial<FoundPlace>>, place: string]>([
  ["emptied", { "packages/ABC00001/source": { is: "empty" } }, "packages/ABC00001/source"],
  ["removed", { "packages/ABC00001/source": absent("packages/ABC00001/source") }, "packages/ABC00001/source"],
  [
    "without its package.yaml",
    { "packages/ABC00001/package.yaml": absent("packages/ABC00001/package.yaml") },
    "packages/ABC00001/package.yaml",
  ],
])("a package whose source is %s is left out, and stays on its systems", ([, found, place]) => {
  const reading = described(aPackage("ABC00001"));
  const memory = compare(reading, new Map()).learned;
  const compared = compare(reading, memory, found);
  expect(compared.problems).toEqual([
    {
      code: "SOURCE_GONE",
      unit: "dp/ABC00001",
      path: place,
      leftOut: true,
      message: expect.stringContaining(`sitewright source accept ${place}`) as string,
    },
  ]);
  expect(compared.servedBy.get("dp/ABC00001")).toEqual(["SRV1", "SRV2"]);
  expect(compared.learned).toEqual(new Map());
});

test("an empty packages folder loses every package with one cause, each with the systems that served it", () => {
  const memory = compare(described(aPackage("ABC00001"), aPackage("ABC00002"), aCap("SEC")), new Map()).learned;
  const lost = { is: "empty" as const, at: "packages" };
  const places = ["ABC00001", "ABC00002"].flatMap((id) => [`packages/${id}/source`, `packages/${id}/package.yaml`]);
  const compared = compare(described(aCap("SEC")), memory, Object.fromEntries(places.map((place) => [place, lost])));
  expect(compared.gone.map(({ place, unit }) => [place, unit])).toEqual([
    ["packages", "dp/ABC00001"],
    ["packages", "dp/ABC00002"],
  ]);
  expect(new Set(compared.problems.map(({ message }) => message)).size).toBe(1);
  expect(compared.servedBy.get("dp/ABC00002")).toEqual(["SRV1", "SRV2"]);
  expect(compared.problems.some(({ unit }) => unit === "cap/CAP_SEC")).toBe(false);
});

test("a secondary site whose inboxes are missing keeps its CAP from being filled with its parent's files", () => {
  const memory = compare(described(aCap("SEC")), new Map()).learned;
  const gone = { "SEC/inboxes/clifiles.src": absent("SEC/inboxes"), "SEC/inboxes/offerinf.src": absent("SEC/inboxes") };
  const { problems, learned } = compare(described(aCap("ABC")), memory, gone);
  expect(problems.map(({ code, unit, path, leftOut }) => [code, unit, path, leftOut])).toEqual([
    ["SOURCE_GONE", "cap/CAP_SEC", "SEC/inboxes", true],
  ]);
  expect(learned.has("cap/CAP_SEC")).toBe(false);
});

test("a secondary site that gets inboxes of its own is served from them, while its parent's exist", () => {
  const memory = compare(described(aCap("ABC")), new Map()).learned;
  const { problems, learned } = compare(described(aCap("SEC")), memory);
  expect(problems).toEqual([]);
  expect(Object.keys(learned.get("cap/CAP_SEC")?.places ?? {})).toEqual(["SEC/inboxes/clifiles.src", "SEC/inboxes/offerinf.src"]);
});

test("if one of several inboxes is missing or emptied the CAP is left out, and that problem replaces the note that it is missing", () => {
  const memory = compare(described(aCap("SEC")), new Map()).learned;
  const one = aCap("SEC");
  one.owned.pop();
  const note = { code: "SOURCE_MISSING", message: "left as it is", unit: "cap/CAP_SEC", path: "SEC/inboxes/offerinf.src", leftOut: false };
  const reading = { ...described(one), problems: [note] };
  const gone = compare(reading, memory, { "SEC/inboxes/offerinf.src": absent("SEC/inboxes/offerinf.src") });
  expect(gone.problems.map(({ code, leftOut }) => [code, leftOut])).toEqual([["SOURCE_GONE", true]]);
  const emptied = compare(described(aCap("SEC")), memory, { "SEC/inboxes/offerinf.src": { is: "empty" } });
  expect(emptied.problems.map(({ path }) => path)).toEqual(["SEC/inboxes/offerinf.src"]);
});

test("a name that returns in another case is the same name", () => {
  const memory = compare(described(aCap("SEC")), new Map()).learned;
  const before = aCap("SEC");
  const renamed = { ...before, places: before.places.map((place) => place.replace("clifiles.src", "CLIFILES.SRC")) };
  const { problems } = compare(described(renamed), memory, { "SEC/inboxes/clifiles.src": absent("SEC/inboxes/clifiles.src") });
  expect(problems).toEqual([]);
});

test("a folder that was a mounted disk and is none now is missing, whatever the bare mount point holds", () => {
  const reading = described(aPackage("ABC00001"));
  const mounted = { mounts: ["packages/ABC00001"] };
  const places = ["packages/ABC00001/source", "packages/ABC00001/package.yaml"];
  const memory = compare(reading, new Map(), Object.fromEntries(places.map((place) => [place, mounted]))).learned;
  expect(compare(reading, memory, Object.fromEntries(places.map((place) => [place, mounted]))).problems).toEqual([]);
  expect(compare(reading, memory).problems.map(({ code, path }) => [code, path])).toEqual([["SOURCE_GONE", "packages/ABC00001"]]);
});

test("a place that cannot be read or is a link now is reported as that, and cannot be accepted", () => {
  const reading = described(aPackage("ABC00001"));
  const memory = compare(reading, new Map()).learned;
  for (const [is, code] of [
    ["unreadable", "SOURCE_UNREADABLE"],
    ["link", "SOURCE_LINK"],
    ["other", "SOURCE_KIND"],
  ] as const) {
    const { problems, gone } = compare(reading, memory, { "packages/ABC00001/source": { is, message: "EIO" } });
    expect(problems.map((problem) => [problem.code, problem.leftOut])).toEqual([[code, true]]);
    expect(gone).toEqual([]);
  }
});

test("a place that a unit depends on without owning it is reported missing", () => {
  const owned = [{ path: "SMSLOGON/Sites/SEC", kind: "folder" as const, rights: "clients-read" as const, source: "SEC/logon/Sites/SEC" }];
  const places = ["SEC/logon/Sites/SEC", "SEC/site.yaml"];
  const reading = described({
    unit: { role: "logon-point", name: "SMSLOGON@SEC" },
    owned,
    places,
    statedIn: "hierarchy.yaml",
    priority: "high",
  });
  const memory = compare(reading, new Map()).learned;
  const { problems } = compare(reading, memory, { "SEC/site.yaml": absent("SEC/site.yaml") });
  expect(problems.map(({ unit, path }) => [unit, path])).toEqual([["logon-point/SMSLOGON@SEC", "SEC/site.yaml"]]);
});

test("missing objects of a site are reported, and exclude no unit", () => {
  const memory = compare(described(), new Map()).learned;
  const { problems, servedBy } = compare(described(), memory, { "ABC/objects": absent("ABC/objects") });
  expect(problems).toEqual([{ code: "SOURCE_GONE", path: "ABC/objects", leftOut: false, message: expect.any(String) as string }]);
  expect(servedBy.size).toBe(0);
});

test("a package that its package.yaml assigns to no system any more is not reported missing", () => {
  const memory = compare(described(aPackage("ABC00001")), new Map()).learned;
  const unassigned = { ...described(), described: new Set(["dp/ABC00001"]) };
  const after = new Map([...memory, ...compare(unassigned, memory).learned]);
  expect(after.get("dp/ABC00001")?.systems).toEqual([]);
  const gone = { "packages/ABC00001/source": absent("packages/ABC00001"), "packages/ABC00001/package.yaml": absent("packages/ABC00001") };
  expect(compare(described(), after, gone).problems).toEqual([]);
});

test("what an operator accepted as missing is not reported, and is learned again when it returns", () => {
  const reading = described(aPackage("ABC00001"));
  const memory = compare(reading, new Map()).learned;
  const found = { "packages/ABC00001/source": { is: "empty" as const } };
  const [gone] = compare(reading, memory, found).gone;
  const row = withoutPlaces(memory.get("dp/ABC00001") as RememberedUnit, gone?.places ?? [], { by: "anna", at: 7 });
  const after = compare(reading, new Map([["dp/ABC00001", row]]), found);
  expect(after.problems).toEqual([]);
  expect(after.learned.get("dp/ABC00001")?.places["packages/ABC00001/source"]).toEqual({ is: "empty" });
});
