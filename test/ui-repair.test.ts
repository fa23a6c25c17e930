import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Run } from "../packages/coordinator/src/domain/runs/run.ts";
import { openVisitors, seen, type Visitors } from "./support/browser.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { readTree } from "./support/trees/trees.ts";

let fleet: Fleet;
let visitors: Visitors;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: { "a.txt": "one", "b.txt": "two" } }, ABC00002: { files: { "c.txt": "three" } } },
  });
  await fleet.json("rebuild");
  visitors = await openVisitors(() => fleet);
});
afterAll(async () => {
  await visitors?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

const live = (path: string) => join(fleet.agent("SRVABC").root("dp"), path);

test("a verification shows what is wrong unit by unit, and from there it is repaired", async () => {
  rmSync(live("ABC00001/a.txt"));
  writeFileSync(live("ABC00001/b.txt"), "tow");
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  await page.goto("/#/systems/SRVABC");
  await page.getByRole("button", { name: "Verify now" }).click();
  await page.getByRole("heading", { name: /^Verification/ }).waitFor();
  await seen(page, /1 missing, 1 damaged \(ABC00001\/a\.txt, ABC00001\/b\.txt\)\./);
  await page.getByRole("button", { name: /ABC00001/ }).click();
  expect(await page.getByLabel("What differs").textContent()).toBe("missingABC00001/a.txtdamagedABC00001/b.txt");
  await page.getByRole("button", { name: "Repair what is wrong" }).click();
  await page.getByRole("heading", { name: /^Repair/ }).waitFor();
  await seen(page, /^Repaired\.$/);
  await page.getByRole("row", { name: /ABC00001 DP Package ABC00001 SRVABC done repaired, served/ }).waitFor();
  await page.getByRole("row", { name: /ABC00002 DP Package ABC00002 SRVABC done as it should be/ }).waitFor();
  await page.getByRole("button", { name: /ABC00002/ }).click();
  expect(await page.locator(".phase-head").allTextContents()).toEqual([
    expect.stringMatching(/^Verifydone/),
    expect.stringMatching(/^Stagenot neededthe verification found nothing wrong/),
    expect.stringMatching(/^Activatenot needed/),
  ]);
  expect(await page.locator(".meter-head").textContent()).toMatch(/^100 %.*6 of 6 steps$/);
  expect(readTree(live("ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));
  expect(faults).toEqual([]);
});

test("a repair can be started for a system and for a choice, after a confirmation", async () => {
  await using visit = await visitors.operator();
  const { page } = visit;
  for (const path of ["/#/systems/SRVABC", "/#/start?system=SRVABC"]) {
    await page.goto(path);
    await page.getByRole("button", { name: "Repair", exact: true }).first().click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Repair/ })
      .click();
    await page.getByRole("heading", { name: /^Repair/ }).waitFor();
    await page.locator(".page-head .pill-ok").waitFor();
  }
  const runs = (await (await fleet.api("/api/v1/runs?limit=2")).json()) as Run[];
  expect(runs.map(({ kind, options }) => [kind, options.systems, options.full])).toEqual([
    ["repair", ["SRVABC"], false],
    ["repair", ["SRVABC"], true],
  ]);
});

test("a redistribution can be started for a choice, after a question that says what it does; an update of nothing says why not", async () => {
  await using visit = await visitors.operator();
  const { page } = visit;
  await page.goto("/#/start?system=SRVABC");
  await page.getByRole("button", { name: "Redistribute", exact: true }).click();
  const question = page.getByRole("dialog").filter({ hasText: "only what is missing is sent" });
  await question.getByRole("button", { name: "Redistribute", exact: true }).click();
  await page.getByRole("heading", { name: /^Redistribution/ }).waitFor();
  await page.locator(".page-head .pill-ok").waitFor();
  await page.goto("/#/start");
  await page.getByRole("button", { name: "Update", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Update", exact: true }).click();
  await page.getByText(/there is nothing to update/).waitFor();
  const [newest] = (await (await fleet.api("/api/v1/runs?limit=1")).json()) as Run[];
  expect([newest?.kind, newest?.options.systems, newest?.options.roles]).toEqual(["redistribute", ["SRVABC"], ["cap", "dp"]]);
});
