import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { CAP_SOURCES } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

let fleet: Fleet;
let foreignBefore: Record<string, string>;

const clientFiles = {
  "cap/CAP_ABC/ccr.box/PC00001.ccr": "configuration request",
  "cap/CAP_ABC/inventry.box/PC00001.mif": "inventory",
  "cap/CAP_ABC/unknown.box/notes.txt": "not known to the site server",
  "logon-point/SMSLOGON/Sites/SEC/caplist.ini": "the other site's",
  "logon-point/SMSLOGON/Sitescfg/SEC_cfg.lcf": "the other site's configuration",
  "logon-point/SMSLOGON/Config/Copylog.tcf": "[FILE SOURCE]",
  "logon-point/SMSLOGON/Ddr.box/PC00001.ddr": "discovery",
  "dp/SEC00009/setup.exe": "another site's package",
  "dp/readme.txt": "a file of an administrator",
};

beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "logon-point", "dp"] } },
    packages: {
      ABC00001: {
        files: {
          "setup.exe": noise(700_000, 1),
          "bin/tool.sh": { content: "#!/bin/sh\n", mode: 0o755 },
          "bin/read-only.txt": { content: "fixed", mode: 0o444 },
          "bin/latest": { link: "tool.sh" },
          "empty.dat": "",
          "deep/er/and/deeper/file.txt": "down here",
          "none/": "",
        },
      },
    },
    prepare({ agentFolder }) {
      const folder = agentFolder("SRVABC");
      writeTree(folder, {
        ...clientFiles,
        "cap/CAP_ABC/offerinf.box/stale.ofr": "an offer of long ago",
        "cap/CAP_ABC/pkginfo.box/ABC00001.pkg": "damaged",
        "dp/ABC00001/setup.exe": noise(700_000, 2),
        "dp/ABC00001/old/removed.txt": "no longer in the source",
        "dp/ABC00001/dangling": { link: "nowhere" },
      });
      mkdirSync(join(folder, "logon-point/SMSLOGON/Sites/ABC/leftover"), { recursive: true });
      foreignBefore = foreign(folder);
    },
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

/** What no order may touch. */
function foreign(folder: string): Record<string, string> {
  const all = readTree(folder);
  return Object.fromEntries(Object.keys(clientFiles).map((path) => [path, all[path] ?? "missing"]));
}

test("one command rebuilds CAP, logon point and DP from the site data and exits with 0", async () => {
  const { run, totals, exitCode } = await fleet.json("rebuild");
  expect(run.state).toBe("done");
  expect(totals).toMatchObject({ units: 3, failed: 0, unreachable: [] });
  expect(totals.wireBytes).toBeGreaterThan(700_000);
  expect(exitCode).toBe(0);
});

test("the owned folders equal the source in content, names, modes and links", () => {
  const { root } = fleet.agent("SRVABC");
  expect(readTree(join(root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  for (const [box, source] of Object.entries(CAP_SOURCES)) {
    expect(readTree(join(root("cap"), "CAP_ABC", box)), box).toEqual(readTree(join(fleet.siteData, "ABC/inboxes", source)));
  }
  for (const folder of ["Sites/ABC", "i386"]) {
    expect(readTree(join(root("logon-point"), "SMSLOGON", folder)), folder).toEqual(readTree(join(fleet.siteData, "ABC/logon", folder)));
  }
});

test("nothing foreign changed: client files, unknown folders, other sites' folders and files are as before", () => {
  expect(foreign(join(fleet.folder, "SRVABC"))).toEqual(foreignBefore);
});

test("verify agrees, and a second rebuild sends almost nothing", async () => {
  expect((await fleet.json("verify", "--full")).exitCode).toBe(0);
  const again = await fleet.json("rebuild");
  expect(again.exitCode).toBe(0);
  expect(again.totals.reusedBytes).toBe(again.totals.sourceBytes);
  expect(again.totals.wireBytes).toBeLessThan(20_000);
});

test("verify names a damaged, a missing and an extra file, and a rebuild repairs them", async () => {
  const folder = join(fleet.agent("SRVABC").root("dp"), "ABC00001");
  writeTree(folder, { "extra.txt": "not ours", "deep/er/and/deeper/file.txt": "flipped !" });
  rmSync(join(folder, "empty.dat"));
  const { exitCode, phases } = await fleet.json("verify", "--package", "ABC00001");
  expect(exitCode).toBe(1);
  const [outcome] = phases.map((phase) => phase.outcome);
  expect(outcome).toMatchObject({
    kind: "verified",
    right: false,
    deviations: expect.arrayContaining([
      { kind: "extra", path: "ABC00001/extra.txt" },
      { kind: "damaged", path: "ABC00001/deep/er/and/deeper/file.txt" },
      { kind: "missing", path: "ABC00001/empty.dat" },
    ]),
  });
  expect((await fleet.json("rebuild", "--package", "ABC00001")).exitCode).toBe(0);
  expect(readTree(folder)).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
});
