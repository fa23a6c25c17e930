import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openVisitors, seen, signIn } from "./support/browser.ts";
import { operatorToken, startFleet, waitFor, type Fleet } from "./support/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ systems: { SRVABC: { roles: ["dp"] } }, packages: { ABC00001: { files: { "a.txt": "a" } } } });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const file = (): string => join(fleet.siteData, "hierarchy.yaml");

async function readiness(): Promise<{ status: number; codes: string[] }> {
  const answer = await fetch(new URL("/readyz", fleet.url));
  const { reasons } = (await answer.json()) as { reasons: { code: string; message: string }[] };
  return { status: answer.status, codes: reasons.map(({ code }) => code) };
}

async function faultMetric(): Promise<string | undefined> {
  return /^sitewright_site_data_fault (\d)$/m.exec(await (await fleet.api("/metrics")).text())?.[1];
}

test("a coordinator that starts on a faulty hierarchy reports that everywhere, and works as soon as it is mended", async () => {
  expect(await readiness()).toEqual({ status: 200, codes: [] });
  expect(await faultMetric()).toBe("0");
  await fleet.coordinator.stop();
  const good = readFileSync(file(), "utf8");
  writeFileSync(file(), good.replace("type: primary", "type: main"));
  await fleet.coordinator.start();

  expect(await readiness()).toEqual({ status: 503, codes: ["SITE_DATA_INVALID"] });
  expect(await faultMetric()).toBe("1");
  const status = await fleet.sitewright("status");
  expect(status.code).toBe(1);
  expect(status.stdout).toContain('  hierarchy.yaml:2: type "main" is not known: write primary or secondary');
  await using visitors = await openVisitors(() => fleet);
  await using visit = await visitors.stranger();
  await signIn(visit.page, operatorToken(fleet.dataDir));
  await seen(visit.page, "The site data cannot be used");
  await seen(visit.page, /hierarchy\.yaml:2: type "main" is not known/);

  writeFileSync(file(), good);
  await waitFor("the coordinator to be ready", async () => (await readiness()).status === 200 || undefined);
  await fleet.connected();
  expect((await fleet.json("rebuild")).exitCode).toBe(0);
  expect((await fleet.sitewright("status")).code).toBe(0);
  await visit.page.getByText("The site data cannot be used").waitFor({ state: "detached" });
  expect(visit.faults).toEqual([]);
});

test("an edit with faults is a state too, while the last valid reading stays in force", async () => {
  const good = readFileSync(file(), "utf8");
  rmSync(file());
  await waitFor("the fault to be detected", async () => (await readiness()).status === 503 || undefined);
  const { systems, siteData, exitCode } = await fleet.json<Awaited<ReturnType<Fleet["overview"]>>>("status");
  expect(exitCode).toBe(1);
  expect(systems).toMatchObject([{ name: "SRVABC", connected: true }]);
  expect(siteData.fault).toMatchObject({ code: "SITE_DATA_INVALID", path: "hierarchy.yaml" });
  const refused = await fleet.sitewright("rebuild");
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("hierarchy.yaml does not exist")]);
  writeFileSync(file(), good);
  await waitFor("the coordinator to be ready", async () => (await readiness()).status === 200 || undefined);
});

test("faults of single packages are counted by status, even without a run", async () => {
  writeFileSync(join(fleet.siteData, "packages/ABC00001/package.yaml"), "distributionPoints: [SRVABC, OLDDP]");
  await waitFor("the problem to be detected", async () => {
    const { code, stdout } = await fleet.sitewright("status");
    expect(code).toBe(0);
    return /note: dp\/ABC00001: DISTRIBUTION_POINT_UNKNOWN: .*"OLDDP" is not a system of hierarchy\.yaml/.test(stdout) || undefined;
  });
});
