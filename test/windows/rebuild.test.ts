import { chmodSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Overview } from "@sitewright/protocol/api";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, type Fleet } from "../support/fleet.ts";
import { CAP_SOURCES } from "../support/site.ts";
import { writeTree } from "../support/trees/trees.ts";
import { contents } from "../support/windows/contents.ts";
import { onWindows, runAgentOnWindows, seen } from "../support/windows/host.ts";

const DEEP = Array.from({ length: 8 }, (_, i) => `a folder with a rather long name, number ${i}, äöü`).join("/");

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    host: onWindows,
    systems: { SRVWIN: { roles: ["cap", "logon-point", "dp"] } },
    packages: {
      ABC00001: {
        files: {
          "setup.exe": noise(700_000, 1),
          "bin/tool.sh": { content: "#!/bin/sh\n", mode: 0o755 },
          "bin/read-only.txt": { content: "fixed", mode: 0o444 },
          "empty.dat": "",
          "none/": "",
        },
      },
      ABC00002: {
        files: {
          [`${DEEP}/and a file.txt`]: "far down",
          "Кириллица/файл.txt": "Cyrillic",
          "😀/%PATH% ^ & (1).txt": "odd",
          "UPPER/Lower.TXT": "case is kept",
        },
      },
    },
    prepare({ agentFolder }) {
      writeTree(agentFolder("SRVWIN"), {
        "cap/CAP_ABC/ccr.box/PC00001.ccr": "configuration request",
        "cap/CAP_ABC/offerinf.box/stale.ofr": "an offer of long ago",
        "dp/SEC00009/setup.exe": "another site's package",
      });
    },
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

function expectServed(): void {
  const { root } = fleet.agent("SRVWIN");
  for (const id of ["ABC00001", "ABC00002"])
    expect(contents(join(root("dp"), id)), id).toEqual(contents(join(fleet.siteData, "packages", id, "source")));
  for (const [box, source] of Object.entries(CAP_SOURCES))
    expect(contents(join(root("cap"), "CAP_ABC", box)), box).toEqual(contents(join(fleet.siteData, "ABC/inboxes", source)));
}

test("an agent on Windows joins with folders that did not exist, and one command rebuilds all of its units, with long and odd names", async () => {
  expect(existsSync(fleet.agent("SRVWIN").root("logon-point"))).toBe(true);
  const { run, totals, exitCode } = await fleet.json("rebuild");
  expect(run.state).toBe("done");
  expect(totals).toMatchObject({ units: 4, failed: 0, unreachable: [] });
  expect(exitCode).toBe(0);
  expectServed();
});

test("how folders are exchanged there is shown as a property of the system, and not as a warning that nobody can act on", async () => {
  const { systems } = (await (await fleet.api("/api/v1/overview")).json()) as Overview;
  const [system] = systems.filter(({ name }) => name === "SRVWIN");
  expect(system?.switching).toMatch(/^by renames: a folder may be missing for some milliseconds/);
  expect(system?.warnings ?? []).not.toContainEqual(expect.stringContaining("exchange"));
});

test("an agent that runs on Windows answers a command over its pipe", async () => {
  const { folder } = fleet.agent("SRVWIN").place;
  const words = ["media", "want", "--data-dir", seen(join(folder, "agent-data")), "--to", seen(join(folder, "own.needs"))];
  const { code, said } = await runAgentOnWindows(words, join(folder, "want.log"));
  expect([code, said]).toEqual([0, expect.stringMatching(/own\.needs states \d+ units/)]);
});

test("what clients and other sites keep there is as before", () => {
  const { root } = fleet.agent("SRVWIN");
  expect(readFileSync(join(root("cap"), "CAP_ABC/ccr.box/PC00001.ccr"), "utf8")).toBe("configuration request");
  expect(readFileSync(join(root("dp"), "SEC00009/setup.exe"), "utf8")).toBe("another site's package");
});

test("a full verification finds everything right, whatever permissions the source has that Windows does not keep", async () => {
  const { exitCode, phases } = await fleet.json("verify", "--full");
  expect(phases.map((phase) => phase.outcome)).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ right: true })));
  expect(exitCode).toBe(0);
});

test("verify names a damaged, a missing and an extra file, and repair mends them", async () => {
  const folder = join(fleet.agent("SRVWIN").root("dp"), "ABC00001");
  writeTree(folder, { "extra.txt": "not ours", "bin/tool.sh": "#!/bin/xx\n" });
  rmSync(join(folder, "empty.dat"));
  const { exitCode, phases } = await fleet.json("verify", "--package", "ABC00001");
  expect(exitCode).toBe(1);
  expect(phases.map((phase) => phase.outcome)).toEqual([
    expect.objectContaining({
      right: false,
      deviations: expect.arrayContaining([
        { kind: "extra", path: "ABC00001/extra.txt" },
        { kind: "damaged", path: "ABC00001/bin/tool.sh" },
        { kind: "missing", path: "ABC00001/empty.dat" },
      ]),
    }),
  ]);
  expect((await fleet.json("repair", "--package", "ABC00001")).exitCode).toBe(0);
  expectServed();
});

test("verify names a folder in which clients may write though they should only read, and repair lets them read", async () => {
  const folder = join(fleet.agent("SRVWIN").root("dp"), "ABC00001");
  chmodSync(folder, 0o777); // which Wine shows as a list
  const { exitCode, phases } = await fleet.json("verify", "--package", "ABC00001");
  expect(exitCode).toBe(1);
  expect(phases.map(({ outcome }) => outcome)).toEqual([
    expect.objectContaining({ right: false, deviations: [{ kind: "rights", path: "ABC00001" }] }),
  ]);
  expect((await fleet.json("repair", "--package", "ABC00001")).exitCode).toBe(0);
  expect(statSync(folder).mode & 0o002).toBe(0);
  expect((await fleet.json("verify", "--package", "ABC00001")).exitCode).toBe(0);
});
