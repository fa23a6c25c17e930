import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SitewrightError, unitKey } from "@sitewright/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { assignmentsOf } from "../../domain/runs/selection.ts";
import { nativeSiteData } from "./native-site-data.ts";

const HIERARCHY = `sites:
  ABC: { name: Central, type: primary, server: SRVABC, timeZone: America/Chicago }
  SEC: { type: secondary, parent: ABC, server: SRVSEC }
systems:
  SRVABC: { site: ABC, roles: [cap, logon-point, dp] }
  SRVSEC: { site: SEC, roles: [cap, logon-point, dp], address: { bandwidth: 1 Mbit/s } }
addresses:
  SEC:
    bandwidth: 2 Mbit/s
    rateLimit: { "08-18": 25%, "18-08": 512 kbit/s }
    schedule: { "Mon-Fri 08-18": high, "Sat,Sun 00-24": all }
    via: ABC
`;

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "sitewright-data-"))));
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

const read = () => nativeSiteData(folder).read();

async function faultsOf(files: Record<string, string>): Promise<string[]> {
  await write(files);
  const error = await read().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SitewrightError);
  expect((error as SitewrightError).code).toBe("SITE_DATA_INVALID");
  return (error as SitewrightError).message.split("\n");
}

test("a coordinator with --no-peers treats every system as one without neighbours", async () => {
  await write({ "hierarchy.yaml": HIERARCHY });
  const peers = async (noPeers: boolean) =>
    [...(await nativeSiteData(folder, { noPeers }).read()).hierarchy.systems.values()].map((one) => one.peers);
  expect(await peers(false)).toEqual([undefined, undefined]);
  expect(await peers(true)).toEqual([false, false]);
});

test("a hierarchy is read with its defaults", async () => {
  await write({ "hierarchy.yaml": HIERARCHY });
  const { hierarchy } = await read();
  expect(hierarchy.sites.get("SEC")).toEqual({
    code: "SEC",
    name: "SEC",
    type: "secondary",
    parent: "ABC",
    server: "SRVSEC",
    timeZone: "America/Chicago",
    logonSenior: true,
  });
  expect(hierarchy.systems.get("SRVSEC")).toMatchObject({
    roles: ["cap", "logon-point", "dp"],
    address: { key: "SRVSEC", bandwidth: 1_000_000, concurrency: 3 },
  });
  const address = hierarchy.addresses.get("SEC");
  expect(address).toMatchObject({ key: "SEC", bandwidth: 2_000_000, concurrency: 3, timeZone: "America/Chicago", via: "ABC" });
  expect([7, 8, 17, 18].map((hour) => address?.rateLimit[hour])).toEqual([512_000, { share: 0.25 }, { share: 0.25 }, 512_000]);
  expect([8, 18, 120, 167].map((hour) => address?.schedule[hour])).toEqual(["high", "all", "all", "all"]);
});

test("a system may be excluded from sharing with its neighbours", async () => {
  await write({ "hierarchy.yaml": HIERARCHY.replace("roles: [cap, logon-point, dp] }", "roles: [cap, logon-point, dp], peers: false }") });
  const { systems } = (await read()).hierarchy;
  expect([systems.get("SRVABC")?.peers, systems.get("SRVSEC")?.peers]).toEqual([false, undefined]);
  expect(await faultsOf({ "hierarchy.yaml": HIERARCHY.replace("dp] }", "dp], peers: sometimes }") })).toHaveLength(1);
});

test("an anchor may stand for a value that is written once", async () => {
  const shared = HIERARCHY.replace("rateLimit: {", "rateLimit: &nights {")
    .replace("bandwidth: 1 Mbit/s", "bandwidth: 1 Mbit/s")
    .concat("  ABC: { bandwidth: 4 Mbit/s, rateLimit: *nights }\n");
  await write({ "hierarchy.yaml": shared.replace("    via: ABC\n", "") });
  expect((await read()).hierarchy.addresses.get("ABC")?.rateLimit[9]).toEqual({ share: 0.25 });
});

test.for<[what: string, from: string, to: string, fault: string]>([
  ["a rate without a unit", "25%", '"25"', 'hierarchy.yaml:10: rateLimit "25" needs a unit: write "25%" or "512 kbit/s"'],
  ["a rate of zero", "25%", "0%", 'hierarchy.yaml:10: rateLimit "0%" is not a rate: to send nothing, write "closed" in schedule'],
  [
    "a share of an unstated bandwidth",
    "    bandwidth: 2 Mbit/s\n",
    "",
    'hierarchy.yaml:9: rateLimit "25%" is a share, but no bandwidth is stated: state one, or write a rate such as "512 kbit/s"',
  ],
  [
    "bytes for bits",
    "2 Mbit/s",
    "2 MB/s",
    'hierarchy.yaml:9: bandwidth "2 MB/s" is not a rate: write "2 Mbit/s" or "512 kbit/s" (1 kbit/s at least)',
  ],
  ["invalid hours", '"08-18": 25%', '"8am-6pm": 25%', 'hierarchy.yaml:10: rateLimit hours "8am-6pm" are not understood: write "08-18"'],
  ["hours that contradict others", '"18-08"', '"17-08"', 'hierarchy.yaml:10: rateLimit "17-08" contradicts "08-18": name each hour once'],
  [
    "invalid days",
    "Mon-Fri 08",
    "Weekdays 08",
    'hierarchy.yaml:11: schedule hours "Weekdays 08-18" are not understood: write "Mon-Fri 08-18" or "Sat,Sun 00-24"',
  ],
  ["an unknown window", ": high", ": hgih", 'hierarchy.yaml:11: Mon-Fri 08-18 "hgih" is not known: write all or medium or high or closed'],
  [
    "an unknown key",
    "    via:",
    "    rateLimits: {}\n    via:",
    'hierarchy.yaml:12: the address SEC has the unknown key "rateLimits": did you mean "rateLimit"?',
  ],
  [
    "a via without a site",
    "via: ABC",
    "via: ABD",
    'hierarchy.yaml:12: via "ABD" leads nowhere: it must name a site of this file: did you mean "ABC"?',
  ],
  [
    "an address of an unknown site",
    "  SEC:\n    bandwidth",
    "  SEV:\n    bandwidth",
    'hierarchy.yaml:8: the address "SEV" names no site of this file: did you mean "SEC"?; a system\'s own address goes into its entry under systems:',
  ],
  [
    "an unknown time zone",
    "America/Chicago",
    "Chicago",
    'hierarchy.yaml:2: timeZone "Chicago" is not known: write an IANA name such as America/Chicago',
  ],
  [
    "an invalid site code",
    "  ABC: { name",
    "  ABCD: {}\n  ABC: { name",
    'hierarchy.yaml:2: "ABCD" is not a site code: write three capital letters or digits',
  ],
  ["an unknown type", "type: primary", "type: main", 'hierarchy.yaml:2: type "main" is not known: write primary or secondary'],
  ["a parent that does not exist", "parent: ABC", "parent: XYZ", 'hierarchy.yaml:3: the parent "XYZ" of SEC is not a site of this file'],
  [
    "a secondary site without a parent",
    "parent: ABC, ",
    "",
    "hierarchy.yaml:3: the secondary site SEC has no parent: write parent: and a site code",
  ],
  [
    "parents in a cycle",
    "type: primary,",
    "type: primary, parent: SEC,",
    "hierarchy.yaml:2: the parents form a cycle: ABC -> SEC -> ABC; one of them must have none",
  ],
  [
    "a server that does not exist",
    "server: SRVSEC",
    "server: SVRSEC",
    'hierarchy.yaml:3: the server "SVRSEC" of SEC is not a system of this file: did you mean "SRVSEC"?',
  ],
  [
    "a server of another site",
    "server: SRVSEC",
    "server: SRVABC",
    'hierarchy.yaml:3: the server "SRVABC" of SEC belongs to the site "ABC": write site: SEC there, or name another server',
  ],
  [
    "an unknown role",
    "[cap, logon-point, dp] }",
    "[cap, logonpoint] }",
    'hierarchy.yaml:5: the role "logonpoint" of SRVABC is not known: write cap, logon-point, dp',
  ],
  [
    "a system without a site",
    "SRVABC: { site: ABC, ",
    "SRVABC: { ",
    "hierarchy.yaml:5: the system SRVABC has no site: write site: and a site code",
  ],
  [
    "a system twice but for case",
    "systems:\n",
    "systems:\n  srvabc: { site: ABC, roles: [] }\n",
    'hierarchy.yaml:6: the system "SRVABC" differs from another by case only: they are one name on a network',
  ],
  [
    "a name that stands twice",
    "  SEC: { type",
    "  ABC: {}\n  SEC: { type",
    "hierarchy.yaml:3: this name occurs here twice: leave out one of them",
  ],
  [
    "a value where a list belongs",
    "roles: [cap, logon-point, dp] }",
    "roles: cap }",
    "hierarchy.yaml:5: roles must be a list: write [first, second]",
  ],
  ["an empty value", "name: Central", "name:", "hierarchy.yaml:2: name is empty: write a value or leave it out"],
])("%s is reported with its line and what to write", async ([, from, to, fault]) => {
  expect(HIERARCHY).toContain(from);
  expect(await faultsOf({ "hierarchy.yaml": HIERARCHY.replace(from, to) })).toContain(fault);
});

test("all faults of hierarchy.yaml and of every site.yaml are reported together", async () => {
  const faults = await faultsOf({
    "hierarchy.yaml": HIERARCHY.replace("25%", "25").replace("type: primary", "type: main").replace("high", "now"),
    "SEC/site.yaml": "identity: 12\nserials: { packages: -1 }\nlogonSenior: maybe\n",
  });
  expect(faults.map((fault) => fault.slice(0, fault.indexOf(": ")))).toEqual([
    "hierarchy.yaml:2",
    "hierarchy.yaml:10",
    "hierarchy.yaml:11",
    "SEC/site.yaml:1",
    "SEC/site.yaml:2",
    "SEC/site.yaml:3",
  ]);
});

test("broken, missing, endless and huge files are refused quickly", async () => {
  await expect(read()).rejects.toThrow(/hierarchy.yaml does not exist: give the folder of the site data/);
  expect(await faultsOf({ "hierarchy.yaml": "sites: {\n  ABC: [\n" })).toContainEqual(
    expect.stringMatching(/^hierarchy.yaml:\d: this is not valid YAML: /),
  );
  expect(await faultsOf({ "hierarchy.yaml": "" })).toEqual([
    "hierarchy.yaml:1: this file states no hierarchy: write sites: and systems: (see docs/site-data.md)",
  ]);
  expect(await faultsOf({ "hierarchy.yaml": `sites: ${"[".repeat(12_000)}` })).toHaveLength(1);
  expect(await faultsOf({ "hierarchy.yaml": `#${"x".repeat(4 * 1024 * 1024)}` })).toEqual([
    "hierarchy.yaml:1: the file has 4194305 bytes: 4194304 at most",
  ]);
  const bomb = [
    "a: &a [x]",
    ..."bcdefghijklmnopq".split("").map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghijklmnop"[i]}`).join(", ")}]`),
    "sites: *q",
  ].join("\n");
  expect(await faultsOf({ "hierarchy.yaml": bomb })).toContain('hierarchy.yaml:18: sites must be a list of "name: value" lines');
});

test("logonSenior may be stated in either file, but without contradiction", async () => {
  await write({
    "hierarchy.yaml": HIERARCHY.replace("server: SRVSEC }", "server: SRVSEC, logonSenior: false }"),
    "ABC/site.yaml": "logonSenior: false",
  });
  const { sites } = (await read()).hierarchy;
  expect([sites.get("ABC")?.logonSenior, sites.get("SEC")?.logonSenior]).toEqual([false, false]);
  expect(await faultsOf({ "SEC/site.yaml": "logonSenior: true" })).toEqual([
    "SEC/site.yaml:1: logonSenior contradicts the entry of SEC in hierarchy.yaml: state it in one place",
  ]);
});

test("a fault in one package.yaml excludes only that package", async () => {
  await write({
    "hierarchy.yaml": HIERARCHY,
    "packages/ABC00001/package.yaml": "name: Good\nsourceVersion: 3\npriority: low\ndistributionPoints: [SRVSEC, SRVABC]\n",
    "packages/ABC00001/source/a.txt": "a",
    "packages/ABC00002/package.yaml": "sourceVersion: new\npriorty: low\ndistributionPoints: [SRVABC, SRVACB]\n",
    "packages/ABC00002/source/a.txt": "a",
    "packages/ABC00003/package.yaml": "distributionPoints: [SRVABC]\n",
    "packages/Office/package.yaml": "",
    "packages/ABC00004/readme.txt": "",
  });
  const { units, servedBy, problems } = await read();
  expect(units.filter(({ unit }) => unit.role === "dp")).toEqual([
    {
      unit: { role: "dp", name: "ABC00001" },
      owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read", source: "packages/ABC00001/source" }],
      places: ["packages/ABC00001/source", "packages/ABC00001/package.yaml"],
      statedIn: "packages/ABC00001/package.yaml",
      name: "Good",
      sourceVersion: 3,
      priority: "low",
    },
  ]);
  expect(servedBy.get("dp/ABC00001")).toEqual(["SRVABC", "SRVSEC"]);
  const packages = problems.filter(({ path }) => path?.startsWith("packages/"));
  expect(packages.map(({ unit, leftOut }) => [unit, leftOut])).toEqual([
    ["dp/ABC00002", true],
    ["dp/ABC00003", true],
    ["dp/ABC00004", true],
    [undefined, true],
  ]);
  expect(packages[0]?.message.split("\n")).toEqual([
    'ABC00002 is left out: packages/ABC00002/package.yaml:1: sourceVersion "new" is not known: write a whole number from 1 to 2147483647',
    'packages/ABC00002/package.yaml:2: package.yaml has the unknown key "priorty": did you mean "priority"?',
    'packages/ABC00002/package.yaml:3: the distribution point "SRVACB" is not a system of hierarchy.yaml: did you mean "SRVABC"?',
  ]);
  expect(packages[3]?.message).toContain('"Office" is not a package id');
});

test("the number of waiting clients, and the due time, are read where they are stated", async () => {
  await write({
    "hierarchy.yaml": HIERARCHY.replace("type: secondary,", "type: secondary, clients: 120,"),
    "packages/ABC00001/package.yaml": "clients: 40\ndue: 2026-11-23T08:00\ndistributionPoints: [SRVSEC]\n",
    "packages/ABC00001/source/a.txt": "a",
    "packages/ABC00002/package.yaml": "clients: many\ndue: tomorrow\ndistributionPoints: [SRVSEC]\n",
    "packages/ABC00002/source/a.txt": "a",
  });
  const { hierarchy, units, servedBy, problems } = await read();
  expect(hierarchy.sites.get("SEC")?.clients).toBe(120);
  const wanted = new Map(units.map((source) => [unitKey(source.unit), source]));
  expect(assignmentsOf(hierarchy, servedBy, wanted)).toContainEqual({
    system: "SRVSEC",
    site: "SEC",
    unit: { role: "dp", name: "ABC00001" },
    priority: "medium",
    clients: 40,
    due: Date.UTC(2026, 10, 23, 14),
  });
  expect(problems.find(({ unit }) => unit === "dp/ABC00002")?.message.split("\n")).toEqual([
    'ABC00002 is left out: packages/ABC00002/package.yaml:1: clients "many" is not known: write a whole number from 0 to 10000000',
    'packages/ABC00002/package.yaml:2: due "tomorrow" is not a date and time: write 2026-11-23T08:00, by the clocks of the site',
  ]);
});

test("the contents of the sites' folders become units", async () => {
  await write({
    "hierarchy.yaml": HIERARCHY,
    "ABC/inboxes/offerinf.box/a.ofr": "",
    "ABC/inboxes/CLICOMP.SRC/x": "",
    "ABC/inboxes/schedule.box/x": "",
    "ABC/logon/Config/nt_logon.cfg": "",
    "ABC/logon/Sites/ABC/x": "",
  });
  const { units, problems } = await read();
  expect(units.map(({ unit, owned }) => [unit.name, owned.map(({ path, source }) => `${source} -> ${path}`)])).toEqual([
    ["CAP_ABC", ["ABC/inboxes/CLICOMP.SRC -> CAP_ABC/clicomp.box", "ABC/inboxes/offerinf.box -> CAP_ABC/offerinf.box"]],
    ["SMSLOGON@ABC", ["ABC/logon/Config/nt_logon.cfg -> SMSLOGON/Config/nt_logon.cfg", "ABC/logon/Sites/ABC -> SMSLOGON/Sites/ABC"]],
    ["CAP_SEC", ["ABC/inboxes/CLICOMP.SRC -> CAP_SEC/clicomp.box", "ABC/inboxes/offerinf.box -> CAP_SEC/offerinf.box"]],
    ["SMSLOGON@SEC", ["ABC/logon/Config/nt_logon.cfg -> SMSLOGON/Config/nt_logon.cfg", "ABC/logon/Sites/ABC -> SMSLOGON/Sites/SEC"]],
  ]);
  expect(problems.filter(({ leftOut }) => leftOut)).toEqual([]);
  expect(problems.map(({ message }) => message)).toContain(
    "ABC/inboxes/clidata.src does not exist: clidata.box of CAP_SEC is left as it is on its site systems",
  );
});
