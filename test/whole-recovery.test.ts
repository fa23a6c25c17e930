import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Recovery, RecoveryReport, SerialPlan } from "@sitewright/protocol/api";
import { LOST_PRIMARY } from "../packages/expert/test-support/answers.ts";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

/** A primary site with two secondary sites behind slow lines, each with an agent of its own. */
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: {
      SRVABC: { roles: ["cap", "dp"] },
      SRVSEC: { site: "SEC", roles: ["dp"] },
      SRVTHI: { site: "THI", roles: ["dp"] },
    },
    bandwidth: "8 Mbit/s",
    packages: { ABC00001: { files: { "setup.exe": "program" } }, ABC00002: { files: { "tools/a.txt": "a" } } },
    prepare: ({ siteData }) => writeTree(siteData, { "ABC/site.yaml": siteFile(40) }),
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const siteFile = (packages: number) => `serials: { packages: ${packages}, advertisements: 18 }\n`;
const run = async (id: string) => (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView;
const waitingFor = async (id: string) => new Set((await run(id)).phases.flatMap(({ waitingFor: reason }) => reason ?? []));

async function recovery<T = Recovery>(path = "", body?: object): Promise<T> {
  const init = body ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {};
  const answer = await fleet.api(`/api/v1/recoveries${path}`, init);
  expect(answer.status, path).toBeLessThan(300);
  return (await answer.json()) as T;
}

/** Ids of two runs that wait: of the recovery, and of an operator who knows of none. */
let ordered: string;
let others: string;

test("a site server is lost after its last backup, and with it what its site systems beside it had", async () => {
  expect((await fleet.json("rebuild")).exitCode).toBe(0);
  cpSync(fleet.siteData, join(fleet.folder, "backup"), { recursive: true });
  writeTree(fleet.siteData, { "ABC/site.yaml": siteFile(46) });
  expect((await fleet.json("rebuild")).exitCode).toBe(0);

  await fleet.coordinator.kill();
  rmSync(fleet.siteData, { recursive: true });
  for (const unit of ["cap/CAP_ABC", "dp/ABC00001", "dp/ABC00002"]) rmSync(join(fleet.folder, "SRVABC", unit), { recursive: true });
});

test("restored from the backup, the site is seen to have gone back, and its systems are left out", async () => {
  cpSync(join(fleet.folder, "backup"), fleet.siteData, { recursive: true });
  await fleet.coordinator.start();
  await fleet.connected();
  const refused = await fleet.sitewright("rebuild", "--site", "ABC");
  expect(refused.stderr).toMatch(/RECOVERY_REQUIRED: .*"packages" is 40, and 46 was seen/);
});

test("a recovery is opened with the expert's list, and what it orders waits until the numbers are raised", async () => {
  const { id, tasks } = await recovery("", { site: "ABC", answers: LOST_PRIMARY, lead: "anna", abortWhen: ["the backup cannot be read"] });
  expect(tasks.map((task) => task.id)).toEqual(expect.arrayContaining(["P01", "S01", "S20", "V09"]));
  ordered = (await fleet.sitewright("rebuild", "--site", "ABC", "--recovery", id, "--detach")).stdout.trim();
  await waitFor("the rebuild to be held", async () => (await waitingFor(ordered)).has("site-quarantined") || undefined);
  expect(readdirSync(fleet.agent("SRVABC").root("dp"))).not.toContain("ABC00001");
});

test("its numbers are raised above all that neighbours and the ledger have seen, and what was ordered begins", async () => {
  writeTree(fleet.siteData, { "SEC/witnessed/ABC.yaml": "serials: { packages: 57 }\n" });
  const { proposals } = await fleet.json<SerialPlan>("repair-serials", "--site", "ABC", "--apply");
  const raised = proposals.find(({ counter }) => counter === "packages");
  expect(raised?.number).toBeGreaterThanOrEqual(57 + 20);
  expect(readFileSync(join(fleet.siteData, "ABC/site.yaml"), "utf8")).toContain(`packages: ${raised?.number}`);
  expect((await fleet.json("watch", ordered)).exitCode).toBe(0);
  for (const id of ["ABC00001", "ABC00002"])
    expect(readTree(join(fleet.agent("SRVABC").root("dp"), id))).toEqual(readTree(join(fleet.siteData, "packages", id, "source")));
});

test("an operator who knows nothing of the recovery is held until it ends; secondary sites get their packages, of which nothing was lost", async () => {
  others = (await fleet.sitewright("rebuild", "--site", "ABC", "--full", "--detach")).stdout.trim();
  await waitFor("the other rebuild to be held", async () => (await waitingFor(others)).has("site-quarantined") || undefined);
  for (const site of ["SEC", "THI"]) {
    const { exitCode, totals } = await fleet.json("redistribute", "--site", site);
    expect({ exitCode, fetched: totals.fetchedBytes }, site).toEqual({ exitCode: 0, fetched: 0 });
  }
});

test("it is signed once every task is closed and nothing speaks against the site, and what was held continues by itself", async () => {
  const { tasks } = await recovery("/ABC");
  for (const { id } of tasks) await recovery(`/ABC/tasks/${id}`, { state: "done", evidence: `form ${id}` });
  expect((await fleet.json("verify", "--site", "ABC", "--full")).exitCode).toBe(0);
  const { state, end } = await recovery("/ABC/finish", { outcome: "recovered", signedBy: "dora" });
  expect({ state, end }).toMatchObject({ state: "finished", end: { outcome: "recovered", signedBy: "dora" } });
  expect((await fleet.json("watch", others)).exitCode).toBe(0);
});

test("the report has every task with its evidence and no debt, the ledger is intact, and the secondary sites may stay below", async () => {
  const report = await recovery<RecoveryReport>("/ABC/report");
  expect(report).toMatchObject({ outcome: "recovered", people: { lead: "anna", approver: "dora" }, deviations: [], debts: [] });
  expect(report.tasks.every(({ evidence }) => evidence.length === 1)).toBe(true);
  expect((await fleet.sitewright("ledger", "verify")).code).toBe(0);
  for (const site of ["SEC", "THI"])
    expect((await fleet.sitewright("hierarchy", "check", "--child", site, "--parent", "ABC")).code).toBe(0);
});
