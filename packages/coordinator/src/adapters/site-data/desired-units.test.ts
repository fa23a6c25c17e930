import { expect, test } from "vitest";
import { desiredUnits } from "./desired-units.ts";
import type { Hierarchy, Site, System } from "../../domain/sites/hierarchy.ts";
import type { SiteFolders } from "./site-folders.ts";

const site = (code: string, change: Partial<Site> = {}): Site => ({
  code,
  name: code,
  type: "primary",
  server: `SRV${code}`,
  timeZone: "UTC",
  logonSenior: true,
  ...change,
});
const system = (name: string, of: string, ...roles: System["roles"]): System => ({ name, site: of, roles });

function hierarchy(sites: Site[], systems: System[]): Hierarchy {
  return {
    sites: new Map(sites.map((entry) => [entry.code, entry])),
    systems: new Map(systems.map((entry) => [entry.name, entry])),
    addresses: new Map(),
  };
}

const boxes = ["clicomp.src", "clidata.src", "clifiles.src", "offerinf.box", "pkginfo.box"];
const logon: SiteFolders["logon"] = [
  { name: "i386", files: [], folders: [] },
  { name: "Alpha", files: [], folders: [] },
  { name: "Logs", files: [], folders: [] },
  { name: "Config", files: ["Copylog.tcf", "Senior.lst", "nt_logon.cfg"], folders: ["old"] },
  { name: "Sitescfg", files: ["ABC_cfg.lcf", "XYZ_cfg.lcf"], folders: [] },
  { name: "Sites", files: [], folders: ["ABC", "XYZ"] },
];

const paths = (desired: ReturnType<typeof desiredUnits>, name: string) =>
  desired.units.find(({ unit }) => unit.name === name)?.owned.map(({ path, kind, source }) => `${kind} ${path} < ${source}`);

test("the folders of a CAP are in the order of exchange, what refers after what it refers to", () => {
  const desired = desiredUnits(
    hierarchy([site("ABC")], [system("B", "ABC", "cap"), system("A", "ABC", "cap", "dp")]),
    new Map([["ABC", { inboxes: boxes }]]),
    [],
  );
  expect(paths(desired, "CAP_ABC")).toEqual([
    "folder CAP_ABC/clifiles.box < ABC/inboxes/clifiles.src",
    "folder CAP_ABC/clicomp.box < ABC/inboxes/clicomp.src",
    "folder CAP_ABC/pkginfo.box < ABC/inboxes/pkginfo.box",
    "folder CAP_ABC/offerinf.box < ABC/inboxes/offerinf.box",
    "folder CAP_ABC/clidata.box < ABC/inboxes/clidata.src",
  ]);
  expect(desired.servedBy.get("cap/CAP_ABC")).toEqual(["A", "B"]);
  expect(desired.problems).toEqual([]);
});

test("a logon point depends on site.yaml and on the folder whose files vary, not on each of them", () => {
  const desired = desiredUnits(hierarchy([site("ABC")], [system("A", "ABC", "logon-point")]), new Map([["ABC", { logon }]]), []);
  const [unit] = desired.units;
  expect(unit?.places.filter((place) => place.startsWith("ABC/logon/Config"))).toEqual(["ABC/logon/Config"]);
  expect(unit?.places.at(-1)).toBe("ABC/site.yaml");
});

test("a senior site owns the common folders and the shared files, never those of all sites or of others", () => {
  const desired = desiredUnits(hierarchy([site("ABC")], [system("A", "ABC", "logon-point")]), new Map([["ABC", { logon }]]), []);
  expect(paths(desired, "SMSLOGON@ABC")).toEqual([
    "folder SMSLOGON/Alpha < ABC/logon/Alpha",
    "folder SMSLOGON/i386 < ABC/logon/i386",
    "file SMSLOGON/Config/Senior.lst < ABC/logon/Config/Senior.lst",
    "file SMSLOGON/Config/nt_logon.cfg < ABC/logon/Config/nt_logon.cfg",
    "file SMSLOGON/Sitescfg/ABC_cfg.lcf < ABC/logon/Sitescfg/ABC_cfg.lcf",
    "folder SMSLOGON/Sites/ABC < ABC/logon/Sites/ABC",
  ]);
  expect(desired.problems).toMatchObject([{ code: "NOT_OWNED", path: "ABC/logon/Config/old", leftOut: false }]);
});

test("a site that is not senior owns only what bears its name", () => {
  const desired = desiredUnits(
    hierarchy([site("ABC", { logonSenior: false })], [system("A", "ABC", "logon-point")]),
    new Map([["ABC", { logon }]]),
    [],
  );
  expect(paths(desired, "SMSLOGON@ABC")).toEqual([
    "file SMSLOGON/Sitescfg/ABC_cfg.lcf < ABC/logon/Sitescfg/ABC_cfg.lcf",
    "folder SMSLOGON/Sites/ABC < ABC/logon/Sites/ABC",
  ]);
});

test("a secondary site without folders serves those of the nearest site above, under its own name", () => {
  const sites = [
    site("ABC"),
    site("SEC", { type: "secondary", parent: "ABC", logonSenior: false }),
    site("TER", { type: "secondary", parent: "SEC", logonSenior: false }),
    site("XYZ", { type: "secondary", parent: "ABC", logonSenior: false }),
  ];
  const systems = ["SEC", "TER", "XYZ"].map((code) => system(`S${code}`, code, "cap", "logon-point"));
  const desired = desiredUnits(
    hierarchy(sites, systems),
    new Map([
      ["ABC", { inboxes: boxes, logon }],
      ["SEC", { inboxes: ["offerinf.box"] }],
    ]),
    [],
  );
  expect(paths(desired, "CAP_TER")).toEqual(["folder CAP_TER/offerinf.box < SEC/inboxes/offerinf.box"]);
  expect(paths(desired, "CAP_XYZ")).toHaveLength(5);
  expect(paths(desired, "SMSLOGON@TER")).toEqual([
    "file SMSLOGON/Sitescfg/TER_cfg.lcf < ABC/logon/Sitescfg/ABC_cfg.lcf",
    "folder SMSLOGON/Sites/TER < ABC/logon/Sites/ABC",
  ]);
  expect(paths(desired, "SMSLOGON@XYZ")).toEqual([
    "file SMSLOGON/Sitescfg/XYZ_cfg.lcf < ABC/logon/Sitescfg/XYZ_cfg.lcf",
    "folder SMSLOGON/Sites/XYZ < ABC/logon/Sites/XYZ",
  ]);
});

test("a primary site without folders is left out with a problem", () => {
  const desired = desiredUnits(
    hierarchy([site("ABC"), site("DEF", { parent: "ABC" })], [system("D", "DEF", "cap")]),
    new Map([["ABC", { inboxes: boxes }]]),
    [],
  );
  expect(desired.units).toEqual([]);
  expect(desired.problems).toMatchObject([{ code: "SOURCE_MISSING", unit: "cap/CAP_DEF", path: "DEF/inboxes", leftOut: true }]);
});

test("a package that no system serves is not a unit", () => {
  const idle = { id: "ABC00001", sourceVersion: undefined, priority: "low" as const, distributionPoints: [] };
  const used = { ...idle, id: "ABC00002", distributionPoints: ["A"] };
  expect(desiredUnits(hierarchy([], []), new Map(), [idle, used]).units.map(({ unit }) => unit.name)).toEqual(["ABC00002"]);
});
