import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { openVisitors, seen, type Visitors } from "./support/browser.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { readTree } from "./support/trees/trees.ts";

let fleet: Fleet;
let visitors: Visitors;
beforeEach(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
    packages: {
      ABC00001: { files: { "a.bin": noise(4_000_000, 1) } },
      ABC00002: { files: { "c.txt": "c" } },
    },
  });
  visitors = await openVisitors(() => fleet);
});
afterEach(async () => {
  await visitors?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

test("a failure is listed first with code, reason and advice, and a retry after mending it succeeds", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  const fault = join(fleet.siteData, "packages/ABC00002/source/aux.txt");
  writeFileSync(fault, "a name that Windows reserves");
  await page.goto("/#/start?system=SRVSEC");
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.getByRole("button", { name: "Rebuild", exact: true }).click();
  await page.waitForURL(/#\/runs\//);
  await page.getByRole("button", { name: "Retry what failed" }).waitFor();
  await page.getByRole("link", { name: "Overview" }).click();
  const attention = page.getByRole("region", { name: "Needs attention" });
  await attention.waitFor();
  expect(await attention.textContent()).toMatch(
    /dp\/ABC00002 on SRVSEC.*SOURCE_NAME.*aux\.txt.*Rename what the message names in the source, then retry\./,
  );
  await page
    .getByRole("listitem")
    .filter({ hasText: /failed.*1 of 2 units live/ })
    .waitFor();

  rmSync(fault);
  await attention.getByRole("button", { name: "Retry what failed" }).click();
  await attention.waitFor({ state: "detached" });
  await seen(page, "2 of 2 units live");
  expect(readTree(fleet.agent("SRVSEC").root("dp"))).toHaveProperty(["ABC00002/c.txt"]);
  expect(faults).toEqual([]);
});

test("a system that disconnects needs attention with what waits for it, until it is back", async () => {
  await using visit = await visitors.operator();
  const { page } = visit;
  await fleet.agent("SRVSEC").stop();
  const attention = page.getByRole("region", { name: "Needs attention" });
  await seen(page, "SRVSEC is unreachable");
  await fleet.sitewright("rebuild", "--detach");
  await seen(page, /4 steps wait for it; nothing of it is deleted/);
  await fleet.agent("SRVSEC").start();
  await attention.waitFor({ state: "detached" });
  expect(await page.getByText(/is unreachable/).count()).toBe(0);
});

test("the page shows that it is stale while the coordinator is down, and continues without a reload when it is back", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  const id = (await fleet.sitewright("rebuild", "--detach")).stdout.trim();
  await page.goto(`/#/runs/${id}`);
  await page.evaluate("window.notReloaded = true");
  const bar = page.getByRole("progressbar", { name: "Progress of this rebuild" });
  await waitFor("the rebuild to be under way", async () => Number(await bar.getAttribute("aria-valuenow")) > 5 || undefined);
  await fleet.coordinator.kill();
  await seen(page, /Stale since \d\d:\d\d:\d\d/);
  // What changes every second would be read out every second.
  expect(await page.locator(".stale-place").ariaSnapshot()).not.toContain("ago");
  await page.getByRole("button", { name: "Pause" }).click();
  await seen(page, /The coordinator does not answer/);
  await fleet.coordinator.start();
  await page.getByText(/Stale since/).waitFor({ state: "detached" });
  await waitFor(
    "the run page to show that it is done",
    async () => (await page.locator(".page-head .pill").textContent()) === "done" || undefined,
  );
  expect(await bar.getAttribute("aria-valuenow")).toBe("100");
  expect(await page.evaluate("window.notReloaded")).toBe(true);
  expect(faults).toEqual([]);
});

test("pages that are opened while the coordinator is down are complete without a reload when it is back", async () => {
  await using visit = await visitors.operator();
  const paths = ["ledger", "runs", "recoveries", "expert", "sites", "backups", "backups/SRVSEC", "addresses", "addresses/SEC"];
  const tabs = await Promise.all(
    paths.map(async (path) => {
      const page = await visit.page.context().newPage();
      await page.goto("/#/");
      await seen(page, "SRVSEC");
      return { path, page, text: () => page.locator("main").innerText() };
    }),
  );
  await fleet.coordinator.kill();
  for (const { path, page, text } of tabs) {
    await page.evaluate(`location.hash = "#/${path}"`);
    await waitFor(`${path} to say what is missing`, async () => /does not answer|did not arrive/.test(await text()) || undefined);
  }
  await fleet.coordinator.start();
  for (const { path, page, text } of tabs) {
    await waitFor(`${path} to be complete`, async () => !/does not answer|did not arrive/.test(await text()) || undefined);
    await waitFor(`${path} to be loaded`, async () => (await page.locator(".skeleton").count()) === 0 || undefined);
    expect((await text()).length, path).toBeGreaterThan(20);
  }
});
