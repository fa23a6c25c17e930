import axe from "axe-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openVisitors, type Visitors } from "./support/browser.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { writeTree } from "./support/trees/trees.ts";

/** The maximum length of a name in the site data, without a place to break it. */
const LONG = "DISTRIBUTION-POINT-OF-THE-BRANCH-OFFICE-BEHIND-THE-SLOW-LINE-01";
const PACKAGE_NAME = "A deployment package whose name an administrator wrote with-everything-that-there-is-to-say-about-it_and_more";

let fleet: Fleet;
let visitors: Visitors;
let pages: string[];
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["cap", "dp"] }, [LONG]: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
    packages: { ABC00001: { files: { "a.txt": "a" } }, ABC00002: { files: { "aux.txt": "a name that Windows reserves" } } },
  });
  writeTree(fleet.siteData, {
    "packages/ABC00001/package.yaml": `name: ${PACKAGE_NAME}\ndistributionPoints: [SRVSEC, ${LONG}]\n`,
  });
  visitors = await openVisitors(() => fleet);
  await fleet.agent(LONG).stop();
  const { run } = await fleet.json("rebuild", "--system", "SRVSEC");
  const plan = await fleet.json("plan");
  // ABC's numbers are lowered: it is held from now on.
  for (const packages of [40, 31]) {
    writeTree(fleet.siteData, { "ABC/site.yaml": `serials: { packages: ${packages} }\n` });
    await fleet.api("/api/v1/sites");
  }
  const answers = { trigger: "hardware", siteType: "secondary", lost: ["dp"], link: "slow", secured: "no" };
  const body = JSON.stringify({ site: "SEC", answers, lead: LONG, abortWhen: [PACKAGE_NAME] });
  await fleet.api("/api/v1/recoveries", { method: "POST", body, headers: { "content-type": "application/json" } });
  pages = [
    "/#/",
    `/#/runs/${run.id}`,
    `/#/runs/${plan.run.id}`,
    "/#/runs",
    `/#/systems/${LONG}`,
    "/#/sites",
    "/#/backups",
    "/#/backups/SRVSEC",
    "/#/recoveries",
    "/#/recoveries/SEC",
    "/#/reports/SEC",
    "/#/drill",
    "/#/ledger",
    "/#/expert",
    "/#/addresses",
    "/#/addresses/SEC",
    "/#/start",
  ];
});
afterAll(async () => {
  await visitors?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

test("every page passes the rules of accessibility in light and in dark colours", async () => {
  await using visit = await visitors.operator();
  const { page } = visit;
  await page.evaluate(axe.source);
  const broken: string[] = [];
  async function check(path: string, colorScheme: "light" | "dark", rules: object): Promise<void> {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = (await page.evaluate(`axe.run(${JSON.stringify({ ...rules, resultTypes: ["violations"] })})`)) as axe.AxeResults;
    broken.push(...violations.map(({ id, nodes }) => `${path} ${colorScheme} ${id}: ${nodes[0]?.html}`));
  }
  for (const path of pages) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    await waitFor("everything to be loaded", async () => (await page.locator(".skeleton").count()) === 0 || undefined);
    await check(path, "light", {});
    // The other rules look at what a page consists of, which its colours do not change.
    await check(path, "dark", { runOnly: ["color-contrast", "link-in-text-block"] });
  }
  expect(broken).toEqual([]);
});

// The least widths with two columns of tables, with tables, and with cards beside each other; and a phone.
test.each([1280, 1101, 901, 721, 360])("long names break no page of %i pixels, and packages are shown by their names", async (width) => {
  await using visit = await visitors.operator();
  const { page } = visit;
  await page.setViewportSize({ width, height: 800 });
  for (const path of pages) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    await waitFor("everything to be loaded", async () => (await page.locator(".skeleton").count()) === 0 || undefined);
    expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(width);
    // A table that is wider than its frame hides its last columns.
    const hidden = await page.evaluate("[...document.querySelectorAll('.table-frame')].map((f) => f.scrollWidth - f.clientWidth)");
    expect(Math.max(0, ...(hidden as number[])), path).toBe(0);
  }
  for (const path of [pages[1], pages[2], `/#/systems/${LONG}`, "/#/start"]) {
    await page.goto(path ?? "");
    await page.getByText(PACKAGE_NAME).first().waitFor();
  }
});
