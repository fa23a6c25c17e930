import { chmodSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { VerifyReport } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { CAP_SOURCES, writePackage } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

const CHANGED_BYTES = 60_000;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "dp"] } },
    packages: {
      ABC00001: {
        files: {
          "big.bin": noise(3_000_000, 1),
          "changed.bin": noise(CHANGED_BYTES, 2),
          "kept.txt": "as it is",
          "missing.txt": "deleted by hand",
          "tool.sh": { content: "#!/bin/sh\n", mode: 0o755 },
          "sub/touched.txt": "only its time changes",
        },
      },
      ABC00002: { files: { "other.bin": noise(500_000, 3), "sub/text.txt": "other" } },
    },
    prepare: ({ agentFolder }) =>
      writeTree(agentFolder("SRVABC"), {
        "cap/CAP_ABC/ccr.box/PC00001.ccr": "configuration request",
        "dp/SEC00009/setup.exe": "another site's package",
      }),
  });
  await fleet.json("rebuild");
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const root = (role: "cap" | "dp") => fleet.agent("SRVABC").root(role);
const live = (path: string) => join(root("dp"), path);
const source = (unit: string) => join(fleet.siteData, "packages", unit, "source");

/** All metadata of every file below a folder except the access time, the agent's own folder included. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((path) => {
      const { ino, mode, size, mtimeNs, ctimeNs, nlink, uid, gid } = lstatSync(join(folder, path), { bigint: true });
      return [path, ino, mode, size, mtimeNs, ctimeNs, nlink, uid, gid].join(" ");
    });
}

function reportOn(view: RunView, unit: string): VerifyReport {
  const outcome = view.phases.find((phase) => phase.task === "verify" && phase.unit.name === unit)?.outcome;
  if (outcome?.kind !== "verified") throw new Error(`nothing was found about ${unit}: ${JSON.stringify(outcome)}`);
  return outcome;
}

function statesOf({ phases }: RunView, unit: string): string[] {
  return phases.filter((phase) => phase.unit.name === unit).map(({ task, state }) => `${task} ${state}`);
}

/** One byte flipped, with unchanged size and times. */
function flipByte(path: string, at: number): void {
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

test("verify reports what is wrong by kind and changes nothing on the disk", async () => {
  rmSync(live("ABC00001/missing.txt"));
  writeTree(live("ABC00001"), { "extra.txt": "an unordered change" });
  writeFileSync(live("ABC00001/changed.bin"), noise(CHANGED_BYTES, 77));
  chmodSync(live("ABC00001/tool.sh"), 0o600);
  utimesSync(live("ABC00001/sub/touched.txt"), 1, 1);
  const before = [listing(root("dp")), listing(root("cap"))];
  const view = await fleet.json("verify", "--full");
  expect(view.exitCode).toBe(1);
  expect(reportOn(view, "ABC00001")).toMatchObject({
    right: false,
    absent: false,
    stale: false,
    counts: { missing: 1, extra: 1, damaged: 1, rights: 1 },
    deviations: expect.arrayContaining([
      { kind: "missing", path: "ABC00001/missing.txt" },
      { kind: "extra", path: "ABC00001/extra.txt" },
      { kind: "damaged", path: "ABC00001/changed.bin" },
      { kind: "rights", path: "ABC00001/tool.sh" },
    ]),
  });
  expect([reportOn(view, "ABC00002").right, reportOn(view, "CAP_ABC").right]).toEqual([true, true]);
  expect([listing(root("dp")), listing(root("cap"))]).toEqual(before);
});

test("verify tells an operator in words what is wrong, and the command that repairs it", async () => {
  const { code, stdout } = await fleet.sitewright("verify");
  expect(code).toBe(1);
  expect(stdout.trimEnd().split("\n")).toEqual([
    "SRVABC dp/ABC00001: 1 missing, 1 extra, 1 damaged, 1 of wrong rights",
    "  missing  ABC00001/missing.txt",
    "  extra    ABC00001/extra.txt",
    "  damaged  ABC00001/changed.bin",
    "  rights   ABC00001/tool.sh",
    "2 of 3 units as it should be, 1 not",
    "To repair what is wrong:",
    "  sitewright repair --system SRVABC --package ABC00001",
  ]);
});

test("repair repairs what is wrong, sends little more than what changed, and leaves right units unchanged to the inode", async () => {
  const untouched = [listing(live("ABC00002")), listing(live("SEC00009")), listing(root("cap"))];
  const view = await fleet.json("repair");
  expect([view.exitCode, view.run.state]).toEqual([0, "done"]);
  expect(statesOf(view, "ABC00001")).toEqual(["verify done", "stage done", "activate done"]);
  expect(statesOf(view, "ABC00002")).toEqual(["verify done", "stage unneeded", "activate unneeded"]);
  expect(statesOf(view, "CAP_ABC")).toEqual(["verify done", "stage unneeded", "activate unneeded"]);
  expect(view.totals).toMatchObject({ phases: 9, done: 5, unneeded: 4, units: 3, failed: 0, skipped: 0 });
  expect(view.totals.reusedBytes + view.totals.fetchedBytes).toBe(view.totals.sourceBytes);
  expect(view.totals.fetchedBytes).toBeLessThan(CHANGED_BYTES + 1_000);
  expect(view.totals.wireBytes).toBeGreaterThan(CHANGED_BYTES);
  expect(view.totals.wireBytes).toBeLessThan(CHANGED_BYTES + 40_000);
  expect(readTree(live("ABC00001"))).toEqual(readTree(source("ABC00001")));
  // To the millisecond, the precision of a manifest; setting it may round.
  expect(statSync(live("ABC00001/sub/touched.txt")).mtimeMs).toBeCloseTo(statSync(join(source("ABC00001"), "sub/touched.txt")).mtimeMs, -1);
  expect([listing(live("ABC00002")), listing(live("SEC00009")), listing(root("cap"))]).toEqual(untouched);
});

test("afterwards nothing is wrong, and a further repair has nothing to do", async () => {
  expect(await fleet.sitewright("verify", "--full")).toMatchObject({ code: 0, stdout: "3 of 3 units as it should be, 0 not\n" });
  const before = [listing(root("dp")), listing(root("cap"))];
  const { code, stdout } = await fleet.sitewright("repair", "--full");
  expect([code, stdout]).toEqual([0, "3 units: 3 right already, 0 repaired\n"]);
  expect([listing(root("dp")), listing(root("cap"))]).toEqual(before);
});

test("a flipped byte with unchanged size and times is found by a full repair, and only its chunk is sent", async () => {
  flipByte(live("ABC00001/big.bin"), 1_234_567);
  const view = await fleet.json("repair", "--full");
  expect(view.exitCode).toBe(0);
  expect(reportOn(view, "ABC00001")).toMatchObject({ counts: { damaged: 1 }, deviations: [{ kind: "damaged", path: "ABC00001/big.bin" }] });
  expect(view.totals.fetchedBytes).toBeLessThan(300_000);
  expect(readTree(live("ABC00001"))).toEqual(readTree(source("ABC00001")));
});

test("a CAP is repaired with its references, and what clients keep beside it is not touched", async () => {
  const cap = (path: string) => join(root("cap"), "CAP_ABC", path);
  rmSync(cap("offerinf.box/ABC00001.ofr"));
  writeFileSync(cap("pkginfo.box/ABC00001.pkg"), "damaged");
  writeTree(root("cap"), { "CAP_ABC/offerinf.box/stale.ofr": "an offer of long ago", "CAP_ABC/ddr.box/PC00002.ddr": "discovery" });
  const clients = [listing(cap("ccr.box")), listing(cap("ddr.box")), listing(root("dp"))];
  const view = await fleet.json("repair", "--role", "cap");
  expect(view.exitCode).toBe(0);
  expect(reportOn(view, "CAP_ABC")).toMatchObject({ counts: { missing: 1, extra: 1, damaged: 1, rights: 0 } });
  for (const [box, from] of Object.entries(CAP_SOURCES)) {
    const served = readTree(cap(box));
    expect(served, box).toMatchObject(readTree(join(fleet.siteData, "ABC/inboxes", from)));
    expect(Object.keys(served)).not.toContain("stale.ofr");
  }
  expect([listing(cap("ccr.box")), listing(cap("ddr.box")), listing(root("dp"))]).toEqual(clients);
  expect((await fleet.json("verify", "--role", "cap", "--full")).exitCode).toBe(0);
});

test("an absent unit, and one of an older generation, are reported as such and repaired", async () => {
  rmSync(live("ABC00002"), { recursive: true });
  writePackage(fleet.siteData, "ABC00001", { files: { "kept.txt": "a newer one" }, on: ["SRVABC"], version: 2 });
  const { stdout } = await fleet.sitewright("verify");
  expect(stdout).toContain("SRVABC dp/ABC00001: stale, of another generation of the source: 1 damaged\n");
  expect(stdout).toContain("SRVABC dp/ABC00002: absent: nothing of it is served\n");
  const repaired = await fleet.sitewright("repair");
  expect(repaired.code).toBe(0);
  expect(repaired.stdout).toContain("SRVABC dp/ABC00002: repaired: absent: nothing of it is served\n");
  expect(repaired.stdout).toContain("3 units: 1 right already, 2 repaired\n");
  for (const unit of ["ABC00001", "ABC00002"]) expect(readTree(live(unit))).toEqual(readTree(source(unit)));
});

test("a disconnected agent is waited for, as in a rebuild", async () => {
  const agent = fleet.agent("SRVABC");
  rmSync(live("ABC00002/sub"), { recursive: true });
  await agent.stop();
  const { stdout } = await fleet.sitewright("repair", "--package", "ABC00002", "--detach");
  await agent.start();
  const view = await fleet.json("watch", stdout.trim(), "--wait");
  expect([view.exitCode, view.run.state]).toEqual([0, "done"]);
  expect(readTree(live("ABC00002"))).toEqual(readTree(source("ABC00002")));
});
