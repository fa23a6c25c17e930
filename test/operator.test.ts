import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { Plan } from "../packages/coordinator/src/app/runs/operations.ts";
import { runProgram } from "../scripts/support/programs.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "dp"] }, SRVSEC: { site: "SEC", roles: ["dp"] }, DPSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
    packages: {
      ABC00001: { files: { "a.bin": noise(600_000, 1), "b.bin": noise(400_000, 2) } },
      ABC00002: { files: { "c.txt": "c".repeat(100_000) } },
    },
    absent: ["DPSEC"],
    prepare: ({ agentFolder }) => writeTree(agentFolder("SRVSEC"), { "dp/ABC00001/a.bin": noise(600_000, 1) }),
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

test("plan shows for each system and unit what is present and what would be sent over which line, and changes nothing", async () => {
  const before = readTree(fleet.agent("SRVSEC").root("dp"));
  const { rows, forecast, exitCode } = await fleet.json<Plan>("plan", "--site", "SEC");
  expect(exitCode).toBe(3);
  const row = (system: string, unit: string) => rows.find((candidate) => candidate.system === system && candidate.unit === unit);
  expect(row("SRVSEC", "dp/ABC00001")).toMatchObject({
    reachable: true,
    files: 2,
    sourceBytes: 1_000_000,
    presentBytes: 600_000,
    address: "SEC",
  });
  expect(row("SRVSEC", "dp/ABC00001")?.wireBytes).toBeGreaterThan(390_000);
  expect(row("SRVSEC", "dp/ABC00001")?.wireBytes).toBeLessThan(420_000);
  // 0.4 MB over 8 Mbit/s, and some moments for the agent.
  expect((row("SRVSEC", "dp/ABC00001")?.servedAt ?? 0) - (forecast?.madeAt ?? 0)).toBeGreaterThan(400);
  expect(forecast).toMatchObject({ total: { open: "agent-away" }, addresses: [{ address: "SEC" }], away: ["DPSEC"] });
  expect(row("SRVSEC", "dp/ABC00002")?.wireBytes).toBeLessThan(5_000);
  expect(row("DPSEC", "dp/ABC00001")).toMatchObject({ reachable: false, error: { code: "AGENT_UNREACHABLE" } });
  expect(readTree(fleet.agent("SRVSEC").root("dp"))).toEqual(before);
});

test("the plan is a table for people, with a line for the totals", async () => {
  const { stdout } = await fleet.sitewright("plan", "--system", "SRVSEC");
  expect(stdout).toMatch(/system +unit +files +source +already there +to send +address +served by/);
  expect(stdout).toMatch(/SRVSEC +dp\/ABC00001 +2 +1\.0 MB +600 kB +~\d+ kB +SEC/);
  expect(stdout).toMatch(/2 units: 1\.1 MB, 600 kB already there/);
  expect(stdout).toMatch(/^90 % of what clients need by \w{3} \d\d:\d\d \(Chicago\), all bytes by /m);
});

test.each([
  ["a system", ["--system", "SRVXYZ"], "SRVXYZ", "SRVABC"],
  ["a site", ["--site", "XYZ"], "XYZ", "ABC"],
  ["a package", ["--package", "ABC99999"], "ABC99999", "ABC00001"],
  ["a role", ["--role", "share"], "share", "logon-point"],
])("an unknown %s is refused with its name and the known ones", async (_, args, wrong, right) => {
  const { code, stdout, stderr } = await fleet.sitewright("rebuild", ...args);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toContain("BAD_REQUEST");
  expect(stderr).toContain(wrong);
  expect(stderr).toContain(right);
});

test("a selection rebuilds just what it names", async () => {
  const { phases, exitCode } = await fleet.json("rebuild", "--system", "SRVABC", "--role", "dp", "--package", "ABC00002");
  expect(exitCode).toBe(0);
  expect(phases.map((phase) => [phase.system, phase.unit.name, phase.task, phase.state])).toEqual([
    ["SRVABC", "ABC00002", "stage", "done"],
    ["SRVABC", "ABC00002", "activate", "done"],
  ]);
});

test("remove asks for confirmation, deletes only what it names, and is the only verb that deletes", async () => {
  const dp = fleet.agent("SRVABC").root("dp");
  expect((await fleet.json("rebuild", "--system", "SRVABC")).exitCode).toBe(0);
  writeTree(dp, { "SEC00009/foreign.txt": "not ours" });
  const unasked = await fleet.sitewright("remove", "--system", "SRVABC", "--package", "ABC00002");
  expect(unasked).toMatchObject({ code: 1, stderr: expect.stringContaining("CONFIRMATION_NEEDED") });
  const nowhere = await fleet.sitewright("remove");
  expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining("say where (--system, --package)") });
  expect(Object.keys(readTree(dp))).toContain("ABC00002/c.txt");
  expect((await fleet.json("remove", "--system", "SRVABC", "--package", "ABC00002", "--yes")).exitCode).toBe(0);
  expect(Object.keys(readTree(dp)).filter((path) => !path.startsWith("ABC00001"))).toEqual(["SEC00009/", "SEC00009/foreign.txt"]);
});

test("status shows the hierarchy, which agents are connected and what each system serves", async () => {
  const { stdout } = await fleet.sitewright("status");
  expect(stdout).toMatch(/SEC +DPSEC +dp +never seen +0\/2/);
  expect(stdout).toMatch(/ABC +SRVABC +cap, dp +connected/);
  expect(stdout).toMatch(/SEC +8 Mbit\/s +8 Mbit\/s/);
});

test("an operator without the token is told where to get it, and one with a wrong token is refused", async () => {
  const nowhere = await runProgram("sitewright", ["status", "--url", fleet.url, "--data-dir", join(fleet.folder, "nowhere")]);
  expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining("UNAUTHENTICATED: no operator token: set SITEWRIGHT_TOKEN") });
  const wrong = await runProgram("sitewright", ["status", "--url", fleet.url, "--ca", join(fleet.dataDir, "ca.pem")], {
    env: { SITEWRIGHT_TOKEN: "wrong" },
  });
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("UNAUTHENTICATED") });
});

test("a coordinator that does not answer is named, with advice", async () => {
  const { code, stderr } = await runProgram(
    "sitewright",
    ["status", "--url", "http://127.0.0.1:9", "--ca", join(fleet.dataDir, "ca.pem")],
    {
      env: { SITEWRIGHT_TOKEN: "x" },
    },
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(/COORDINATOR_UNREACHABLE: no coordinator answers at https:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)/);
});

test("faults in the site data are all reported together, by file and line, before anything is done", async () => {
  const file = join(fleet.siteData, "hierarchy.yaml");
  const good = readFileSync(file, "utf8");
  writeFileSync(file, good.replace("8 Mbit/s", "fast").replace("site: SEC", "site: XXX"));
  const { code, stderr } = await fleet.sitewright("rebuild");
  writeFileSync(file, good);
  expect(code).toBe(1);
  expect(stderr).toContain("SITE_DATA_INVALID");
  expect(stderr).toMatch(/hierarchy\.yaml:\d+: .*"?fast"?/);
  expect(stderr).toMatch(/hierarchy\.yaml:\d+: .*XXX/);
});
