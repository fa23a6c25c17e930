import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LedgerPage, Overview, SerialPlan, SiteState } from "@sitewright/protocol/api";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { writeTree } from "./support/trees/trees.ts";

const ID = "7d0c1f6a-53a5-4c1c-9a35-2f1f0a4b6c01";
const siteFile = (packages: number, identity = ID) =>
  `# kept by hand\nidentity: ${identity}\nserials: { packages: ${packages}, advertisements: 18 } # both\n`;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "dp"] }, SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
    packages: { ABC00001: { files: { "a.txt": "a" } } },
    prepare: ({ siteData }) => writeTree(siteData, { "ABC/site.yaml": siteFile(40) }),
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const written = () => readFileSync(join(fleet.siteData, "ABC/site.yaml"), "utf8");
const write = (text: string) => writeFileSync(join(fleet.siteData, "ABC/site.yaml"), text);
const repair = (...words: string[]) => fleet.json<SerialPlan>("repair-serials", "--site", "ABC", ...words);
const abc = async () =>
  (JSON.parse((await fleet.sitewright("site", "list", "--json")).stdout) as SiteState[]).find(({ code }) => code === "ABC");
const problems = async () =>
  (await fleet.overview()).problems.filter(({ code }: Overview["problems"][number]) => code === "RECOVERY_REQUIRED");

test("a site with unchanged numbers is rebuilt, and its numbers are stored in the ledger", async () => {
  expect((await fleet.json("rebuild")).exitCode).toBe(0);
  const { entries } = await fleet.json<LedgerPage>("ledger", "list", "--site", "ABC");
  expect(entries).toMatchObject([
    { kind: "packages-seen", by: { proof: "itself" }, details: { packages: "ABC00001 0" } },
    { kind: "site-seen", by: { proof: "itself" }, details: { identity: ID } },
  ]);
});

test("a site with lowered numbers is not rebuilt, with what was seen; other sites are", async () => {
  write(siteFile(31));
  const { run, phases, exitCode } = await fleet.json("rebuild");
  expect(exitCode).toBe(1);
  expect(new Set(phases.map(({ system }) => system))).toEqual(new Set(["SRVSEC"]));
  expect(run.problems).toContainEqual(
    expect.objectContaining({
      code: "RECOVERY_REQUIRED",
      site: "ABC",
      message: expect.stringMatching(/"packages" is 31, and 40 was seen/) as string,
    }),
  );
  expect(await problems()).toHaveLength(1);
  const alone = await fleet.sitewright("rebuild", "--site", "ABC");
  expect(alone.stderr).toMatch(/NOTHING_SELECTED[^]*RECOVERY_REQUIRED/);
});

test("no site may become its child, which the check before connecting reports with its exit code, and an operator may connect one nevertheless", async () => {
  const pair = ["--child", "SEC", "--parent", "ABC"];
  const { code, stdout } = await fleet.sitewright("hierarchy", "check", ...pair);
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^SEC below ABC: BLOCKED[^]*blocked by ABC: it went back: .*31, and 40 was/)]);
  expect((await fleet.sitewright("hierarchy", "accept", ...pair)).stderr).toContain("--reason");
  expect((await fleet.sitewright("hierarchy", "accept", ...pair, "--reason", "verified by hand")).code).toBe(0);
  const { entries } = await fleet.json<LedgerPage>("ledger", "list", "--kind", "parent-accepted");
  expect(entries).toMatchObject([{ about: { site: "SEC" }, details: { parent: "ABC", reason: "verified by hand" } }]);
  const circle = await fleet.sitewright("hierarchy", "check", "--child", "ABC", "--parent", "SEC");
  expect([circle.code, circle.stderr]).toEqual([1, expect.stringContaining("CONFLICT: ABC cannot have the parent SEC")]);
});

test("a coordinator that starts again detects the same", async () => {
  await fleet.coordinator.stop();
  await fleet.coordinator.start();
  await fleet.connected();
  expect((await abc())?.signs).toHaveLength(1);
});

test("the plan raises above what neighbours and the ledger have seen, with reasons, and changes nothing", async () => {
  writeTree(fleet.siteData, {
    "SEC/witnessed/ABC.yaml": "serials: { packages: 57 }\n",
    "SEC/witnessed/ABC.trs": "SITECTRLCT1SRCSITE]\r\nABC=7382\r\n[PKGSTATUSDATA]\r\nABC00001|SEC|x=7391\r\n",
  });
  const before = written();
  const { proposals, epoch } = await repair("--plan");
  expect(epoch).toBe(2);
  expect(proposals).toMatchObject([
    { counter: "advertisements", stated: 18, number: 1_018 },
    { counter: "packages", stated: 31, number: 1_040 },
    { counter: "transactions", stated: 0, number: 7_411, reasons: [expect.stringContaining("SEC has seen 7391")] },
  ]);
  expect(written()).toBe(before);
  expect((await fleet.sitewright("repair-serials", "--site", "ABC")).stdout).toMatch(
    /nothing was changed[^]*packages: 31 -> 1040\n +SEC has seen 57/,
  );
});

test("an implausible witness stops the repair until an operator sets it aside", async () => {
  writeTree(fleet.siteData, { "SEC/witnessed/ABC.yaml": "serials: { packages: 2000000000 }\n" });
  const before = written();
  const refused = await fleet.sitewright("repair-serials", "--site", "ABC", "--apply");
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("WITNESS_IMPLAUSIBLE: SEC states 2000000000")]);
  expect(written()).toBe(before);
  writeTree(fleet.siteData, { "SEC/witnessed/ABC.yaml": "serials: { packages: 57 }\n" });
});

test("raised numbers are written without changing the rest of the file, the site is rebuilt again, and the ledger names who did it", async () => {
  expect((await repair("--apply")).exitCode).toBe(0);
  expect(written()).toMatch(/^# kept by hand\nidentity: 7d0c[^]*packages: 1040/);
  expect(written()).toMatch(/^epoch: 2$/m);
  expect(await problems()).toEqual([]);
  expect((await fleet.json("rebuild")).exitCode).toBe(0);
  const { entries } = await fleet.json<LedgerPage>("ledger", "list", "--kind", "serials-raised");
  expect(entries).toMatchObject([{ about: { site: "ABC" }, by: { proof: "operator-token" } }]);
  expect((await fleet.sitewright("repair-serials", "--site", "ABC", "--apply")).stderr).toContain("CONFLICT: no number of ABC was lowered");
  const check = await fleet.sitewright("hierarchy", "check", "--child", "SEC", "--parent", "ABC");
  expect([check.code, check.stdout]).toEqual([0, expect.stringMatching(/^SEC below ABC: nothing known speaks against it/)]);
});

test("a raise is undone as long as no number was issued above it, and then the site is held as before", async () => {
  expect((await fleet.sitewright("repair-serials", "--site", "ABC", "--undo")).code).toBe(0);
  expect(written()).toMatch(/packages: 31,/);
  expect((await abc())?.signs).toHaveLength(1);
  await repair("--apply");
  write(written().replace("packages: 1040", "packages: 1041"));
  const { stderr } = await fleet.sitewright("repair-serials", "--site", "ABC", "--undo");
  expect(stderr).toContain("CONFLICT: ABC has issued numbers since");
});

test("a site that was installed again is held until an operator accepts it with a reason", async () => {
  write(
    siteFile(1_041, "22222222-53a5-4c1c-9a35-2f1f0a4b6c01")
      .replace("serials:", "epoch: 2\nserials:")
      .replace("18 }", "1018, transactions: 7411 }"),
  );
  await waitFor("the new identity to be detected", async () => (await problems())[0]?.message.includes("installed again") || undefined);
  expect((await fleet.sitewright("site", "accept", "ABC")).stderr).toContain("--reason");
  expect((await fleet.sitewright("site", "accept", "ABC", "--reason", "moved to new hardware on purpose")).code).toBe(0);
  expect(await problems()).toEqual([]);
  const { entries } = await fleet.json<LedgerPage>("ledger", "list", "--kind", "site-accepted");
  expect(entries[0]?.details).toMatchObject({
    reason: "moved to new hardware on purpose",
    saw: expect.stringContaining("installed again") as string,
  });
});

test("a faulty file of a witness is reported by its line, and the rest is not used for a plan", async () => {
  writeTree(fleet.siteData, { "SEC/witnessed/ABC.yaml": "serials:\n  packages: many\n" });
  const { code, stderr } = await fleet.sitewright("repair-serials", "--site", "ABC");
  expect([code, stderr]).toEqual([1, expect.stringContaining("SITE_DATA_INVALID: SEC/witnessed/ABC.yaml:2:")]);
  rmSync(join(fleet.siteData, "SEC/witnessed"), { recursive: true });
});
