import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "dp"] } },
    packages: { ABC00002: { files: { "b.txt": "two" } } },
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const root = () => fleet.agent("SRVABC").root("dp");

test("a unit blocked by a link is rebuilt by a retry once that is removed, and the others are left alone", async () => {
  const elsewhere = join(fleet.folder, "elsewhere");
  const cap = join(fleet.agent("SRVABC").root("cap"), "CAP_ABC");
  writeTree(elsewhere, { "keep.txt": "not ours" });
  symlinkSync(elsewhere, cap);
  const failed = await fleet.json("rebuild");
  expect([failed.exitCode, failed.run.state]).toEqual([1, "failed"]);
  expect(failed.phases.find(({ state }) => state === "failed")?.outcome).toMatchObject({ code: "LINK_IN_PATH" });
  rmSync(cap);
  const { run, phases, totals, exitCode } = await fleet.json("retry");
  expect([run.id, run.state, exitCode]).toEqual([failed.run.id, "done", 0]);
  expect(totals).toMatchObject({ phases: 4, done: 4, failed: 0, skipped: 0 });
  expect(phases.map(({ unit, task, epoch }) => [unit.name, task, epoch > 1])).toEqual([
    ["CAP_ABC", "stage", true],
    ["CAP_ABC", "activate", true],
    ["ABC00002", "stage", false],
    ["ABC00002", "activate", false],
  ]);
  expect(Object.keys(readTree(cap))).toContain("offerinf.box/ABCSystm.lkp");
  expect(Object.keys(readTree(elsewhere))).toEqual(["keep.txt"]);
});

test("a unit that was left out because of its source is rebuilt by a retry once the source is mended", async () => {
  const source = join(fleet.siteData, "packages/ABC00002/source");
  writeFileSync(join(source, "b.txt"), "three");
  symlinkSync("/etc/passwd", join(source, "link"));
  const failed = await fleet.json("rebuild", "--package", "ABC00002");
  expect(failed.run.problems).toMatchObject([{ unit: "dp/ABC00002", leftOut: true }]);
  expect((await fleet.json("retry", failed.run.id)).run.state).toBe("failed");
  rmSync(join(source, "link"));
  const { run, totals } = await fleet.json("retry", failed.run.id);
  expect([run.state, run.problems]).toEqual(["done", []]);
  expect(totals).toMatchObject({ done: 2, files: 1, sourceBytes: 5 });
  expect(readTree(join(root(), "ABC00002"))).toEqual(readTree(source));
});

test("if nothing failed there is nothing to retry", async () => {
  expect(await fleet.sitewright("retry")).toMatchObject({ code: 1, stderr: expect.stringContaining("NOT_FOUND: no run failed") });
  const { run } = await fleet.json("rebuild");
  expect(await fleet.sitewright("retry", run.id)).toMatchObject({ code: 1, stderr: expect.stringContaining("CONFLICT") });
});
