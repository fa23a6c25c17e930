import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MissingSource } from "../packages/coordinator/src/app/sites/source-control.ts";
import { openVisitors, seen } from "./support/browser.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";

const FILES = { "a.txt": "one", "b.txt": "one more" };
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: FILES }, ABC00002: { files: FILES } },
  });
  await fleet.sitewright("rebuild");
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const served = (id: string): string[] => readdirSync(join(fleet.agent("SRVABC").root("dp"), id)).toSorted();

/** Stops the coordinator, does something to its files, and restarts it. */
async function whileDown(work: () => void): Promise<void> {
  await fleet.coordinator.stop();
  work();
  await fleet.coordinator.start();
}

test("a coordinator that starts before the disk of its site data is mounted reports that, and works once it is", async () => {
  await whileDown(() => renameSync(fleet.siteData, `${fleet.siteData}-away`));
  const { code, stdout } = await fleet.sitewright("status");
  expect([code, stdout]).toEqual([1, expect.stringContaining("is its disk mounted?")]);
  renameSync(`${fleet.siteData}-away`, fleet.siteData);
  await fleet.connected();
});

test("a source that vanished empties nothing, also after a restart of the coordinator", async () => {
  expect(served("ABC00001")).toEqual(["a.txt", "b.txt"]);
  await whileDown(() => {
    rmSync(join(fleet.siteData, "packages/ABC00001/source"), { recursive: true });
    mkdirSync(join(fleet.siteData, "packages/ABC00001/source"));
  });
  await fleet.connected();
  for (const verb of ["plan", "rebuild", "verify"]) {
    const { code, stderr } = await fleet.sitewright(verb);
    expect([verb, code]).toEqual([verb, 1]);
    expect(stderr).toContain("SOURCE_GONE: packages/ABC00001/source was filled and is empty");
  }
  expect(served("ABC00001")).toEqual(["a.txt", "b.txt"]);
  expect((await fleet.sitewright("status")).stdout).toContain("SOURCE_GONE");
});

test("after an operator accepted what is missing, units are rebuilt from what exists", async () => {
  const { stdout } = await fleet.sitewright("source", "list", "--json");
  expect(JSON.parse(stdout) as MissingSource[]).toMatchObject([
    { place: "packages/ABC00001/source", kind: "gone", units: ["dp/ABC00001"] },
  ]);
  expect((await fleet.sitewright("source", "accept", "packages/ABC00002")).stderr).toContain("NOT_FOUND");
  expect((await fleet.sitewright("source", "accept", "packages/ABC00001/source")).code).toBe(0);
  expect(fleet.coordinator.log()).toContain("an operator accepted what is missing in the site data");
  expect((await fleet.sitewright("rebuild")).code).toBe(0);
  expect(served("ABC00001")).toEqual([]);
});

test("an empty packages folder is one cause for all of its packages, which stay as they are, also once their site was accepted as it is", async () => {
  renameSync(join(fleet.siteData, "packages"), join(fleet.siteData, "away"));
  mkdirSync(join(fleet.siteData, "packages"));
  expect((await fleet.sitewright("rebuild")).stderr).toMatch(/SITE_DATA_SHRANK: .*ABC.*of 2 packages none is left/);
  expect((await fleet.sitewright("site", "accept", "ABC", "--reason", "a test")).code).toBe(0);
  const { code, stderr } = await fleet.sitewright("rebuild");
  expect(code).toBe(1);
  expect(stderr).toContain("left out: 2 units: SOURCE_GONE: packages was filled and is empty");
  expect(served("ABC00002")).toEqual(["a.txt", "b.txt"]);
});

test("a coordinator that lost its memory learns from its agents what is not described", async () => {
  await whileDown(() => {
    for (const end of ["", "-wal", "-shm"]) rmSync(join(fleet.dataDir, `sources.db${end}`), { force: true });
  });
  await fleet.connected();
  const { code, stderr } = await fleet.sitewright("verify");
  expect(code).toBe(1);
  expect(stderr).toMatch(/NOT_DESCRIBED: systems hold packages that the site data do not describe: dp\/ABC00001 \(SRVABC\), dp\/ABC00002/);
  expect((await fleet.sitewright("status")).stdout).toContain("NOT_DESCRIBED");
  expect(served("ABC00002")).toEqual(["a.txt", "b.txt"]);
});

test("an operator accepts a missing package on the overview, and it is no longer listed as missing", async () => {
  await using visitors = await openVisitors(() => fleet);
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  const missing = page.getByRole("region", { name: "Missing in the site data" });
  await missing.getByText("packages/ABC00001", { exact: true }).waitFor();
  for (const place of ["packages/ABC00001", "packages/ABC00002"]) {
    const item = missing.getByRole("listitem").filter({ hasText: place });
    await item.getByRole("button", { name: "This is correct", exact: true }).click();
    await page.getByRole("button", { name: "Yes, this is correct" }).click();
    await item.waitFor({ state: "detached" });
  }
  expect(fleet.coordinator.log()).toMatch(/"path":"packages\/ABC00001".*accepted what is missing/);

  await page.goto("/#/systems/SRVABC");
  await page.getByRole("button", { name: "Revoke agent" }).click();
  await page.getByRole("button", { name: "Revoke it" }).click();
  await seen(page, /away|last seen/i);
  // The page shows the end of the connection, which comes before the log line.
  await expect.poll(() => fleet.coordinator.log()).toMatch(/"system":"SRVABC".*an agent was revoked/);
  expect(faults).toEqual([]);
});
