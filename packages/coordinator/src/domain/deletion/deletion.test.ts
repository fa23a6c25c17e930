import { expect, test } from "vitest";
import type { Hierarchy, Site, System } from "../sites/hierarchy.ts";
import { anAddress } from "../../../test-support/fakes.ts";
import { planDeletion, type DeletionFacts } from "./deletion-plan.ts";
import { afterDeletionEntry, targetKey, type Deletions, type DeletionTarget } from "./deletion.ts";
import { rememberedInForce, withoutDeleted } from "./overlay.ts";

function site(code: string, parent?: string, type: Site["type"] = "primary"): [string, Site] {
  const above = parent === undefined ? {} : { parent };
  return [code, { code, name: "", type, ...above, server: `SRV${code}`, timeZone: "UTC", logonSenior: true }];
}

function system(name: string, of: string, roles: System["roles"]): [string, System] {
  return [name, { name, site: of, roles }];
}

/** CEN above ABC above SEC. */
const hierarchy: Hierarchy = {
  sites: new Map([site("CEN"), site("ABC", "CEN"), site("SEC", "ABC", "secondary")]),
  systems: new Map([system("SRVCEN", "CEN", []), system("SRVABC", "ABC", ["cap", "dp"]), system("SRVSEC", "SEC", ["cap", "dp"])]),
  addresses: new Map([
    ["ABC", anAddress("ABC")],
    ["SEC", anAddress("SEC", { via: "ABC" })],
  ]),
};

const servedBy = new Map([
  ["cap/CAP_ABC", ["SRVABC"]],
  ["cap/CAP_SEC", ["SRVSEC"]],
  ["dp/ABC00001", ["SRVABC", "SRVSEC"]],
  ["dp/SEC00001", ["SRVSEC"]],
]);

const facts: DeletionFacts = {
  hierarchy,
  servedBy,
  held: () => [],
  isConnected: () => false,
  phases: [],
  references: [
    { path: "packages/ABC00001/package.yaml", names: ["SRVSEC"], handling: "edit" },
    { path: "ABC/witnessed/SEC.yaml", names: ["SEC"], handling: "kept" },
    { path: "ABC/site.yaml", names: ["SEC"], handling: "by-hand" },
  ],
  isQuarantined: () => false,
};

function deleted(...targets: DeletionTarget[]): Deletions {
  return new Map(targets.map((target) => [targetKey(target), { target, at: 0, by: "anna", reason: "why", changed: [] }]));
}

const reading = {
  hierarchy,
  servedBy,
  units: [],
  described: new Set(["dp/ABC00001", "dp/SEC00001"]),
  sitePlaces: new Map([["SEC", ["SEC/objects"]]]),
  counts: new Map([["SEC", {}]]),
  problems: [
    { code: "SOURCE_MISSING", message: "", unit: "cap/CAP_SEC", leftOut: true },
    { code: "SOURCE_MISSING", message: "", unit: "cap/CAP_ABC", leftOut: true },
  ],
};

test("a site with sites below it, or that lines lead through, is not deleted, and they are named", () => {
  const { blocks } = planDeletion({ site: "ABC" }, facts);
  expect(blocks.map(({ message }) => message)).toEqual([
    "SEC: below ABC; delete them first, or give them another parent",
    "the line to SEC leads through ABC (via): state another way in its address first",
  ]);
});

test("a site below one that is under recovery is not deleted: the sites above would miss it", () => {
  const { blocks } = planDeletion({ site: "SEC" }, { ...facts, isQuarantined: (code) => code === "CEN" });
  expect(blocks).toMatchObject([{ code: "SITE_QUARANTINED", message: expect.stringContaining("CEN") as string }]);
});

test("what refers to a site is named at every primary site above, from the parent to the central site", () => {
  const { steps, warnings } = planDeletion({ site: "SEC" }, facts);
  const at = steps.filter(({ what }) => what.startsWith("delete it at"));
  expect(at.map(({ what, details }) => [what, ...details])).toEqual([
    ["delete it at ABC on SRVABC, and its jobs", "delete the address of SEC", "preinst /delsite:{SEC,ABC}", "preinst /deljob:SEC"],
    ["delete it at CEN on SRVCEN, and its jobs", "preinst /delsite:{SEC,ABC}", "preinst /deljob:SEC"],
  ]);
  expect(
    steps.flatMap(({ by, details }) => details.filter((detail) => detail.includes(".yaml")).map((detail) => `${by} ${detail}`)),
  ).toEqual(["sitewright packages/ABC00001/package.yaml: SRVSEC", "after ABC/site.yaml: SEC", "after ABC/witnessed/SEC.yaml"]);
  expect(warnings).toEqual(["on no distribution point any more: SEC00001", "made at SEC, and kept under their ids: SEC00001"]);
});

test("deleting the only client access point of a site warns that its clients are cut off", () => {
  const { warnings, blocks } = planDeletion({ system: "SRVSEC", role: "cap" }, facts);
  expect(blocks).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining("SRVSEC is the only client access point of SEC")]);
});

test("a deleted site is absent from everything that is read, and is a problem while the hierarchy names it", () => {
  const read = withoutDeleted(reading, deleted({ site: "SEC" }), () => []);
  expect([...read.hierarchy.sites.keys()]).toEqual(["CEN", "ABC"]);
  expect([...read.hierarchy.systems.keys()]).toEqual(["SRVCEN", "SRVABC"]);
  expect([...read.hierarchy.addresses.keys()]).toEqual(["ABC"]);
  expect([...read.servedBy]).toEqual([
    ["cap/CAP_ABC", ["SRVABC"]],
    ["dp/ABC00001", ["SRVABC"]],
  ]);
  expect([read.sitePlaces.size, read.counts.size]).toEqual([0, 0]);
  expect(read.problems.map(({ code, unit }) => unit ?? code)).toEqual(["cap/CAP_ABC", "DELETION_IN_FORCE"]);
  const gone = withoutDeleted({ ...reading, hierarchy: read.hierarchy }, deleted({ site: "SEC" }), () => []);
  expect(gone.problems.map(({ code }) => code)).not.toContain("DELETION_IN_FORCE");
});

test("a site that the hierarchy puts below a deleted one later has no parent", () => {
  const read = withoutDeleted(reading, deleted({ site: "ABC" }), () => []);
  expect(read.hierarchy.sites.get("SEC")?.parent).toBeUndefined();
});

test("a deleted role is taken from its system alone", () => {
  const read = withoutDeleted(reading, deleted({ system: "SRVSEC", role: "dp" }), () => []);
  expect(read.hierarchy.systems.get("SRVSEC")?.roles).toEqual(["cap"]);
  expect(read.servedBy.get("dp/ABC00001")).toEqual(["SRVABC"]);
  expect(read.servedBy.has("dp/SEC00001")).toBe(false);
  expect(read.servedBy.get("cap/CAP_SEC")).toEqual(["SRVSEC"]);
});

test("what was remembered of the folder of a deleted site is not missing when that folder goes", () => {
  const row = { places: {}, systems: [] };
  const remembered = new Map([
    ["site/SEC", row],
    ["site/ABC", row],
    ["cap/CAP_SEC", row],
  ]);
  expect([...rememberedInForce(remembered, deleted({ site: "SEC" })).keys()]).toEqual(["site/ABC", "cap/CAP_SEC"]);
});

test("an entry of the ledger about a role says nothing of its site, and other entries about a site delete nothing", () => {
  const entry = { at: 1, by: { name: "anna", proof: "", address: "" }, about: { site: "SEC", system: "SRVSEC" }, details: { role: "dp" } };
  const role = afterDeletionEntry(new Map(), { ...entry, kind: "deleted" });
  expect([...role.values()]).toMatchObject([{ target: { system: "SRVSEC", role: "dp" }, by: "anna", changed: [] }]);
  expect(afterDeletionEntry(role, { ...entry, kind: "deletion-undone" }).size).toBe(0);
  expect(afterDeletionEntry(role, { ...entry, about: { site: "SEC" }, details: {}, kind: "site-seen" })).toBe(role);
});
