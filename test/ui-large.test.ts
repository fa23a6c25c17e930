import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openVisitors, seen, type Visitors } from "./support/browser.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";

const SITES = 100;
/** Of each site. */
const SYSTEMS = 10;
const PACKAGES = 10;
/** Until ten thousand units are planned, or cancelled, on a machine that others use too, ms. */
const LONG = 240_000;
/** Elements that a page may have, however large the hierarchy. */
const MOST_NODES = 8_000;

let fleet: Fleet;
let visitors: Visitors;
beforeAll(async () => {
  const sites = Array.from({ length: SITES }, (_, number) => `S${number.toString().padStart(2, "0")}`);
  const systems = sites.flatMap((site) => Array.from({ length: SYSTEMS }, (_, number) => `${site}DP${number}`));
  fleet = await startFleet({
    systems: Object.fromEntries(systems.map((name) => [name, { site: name.slice(0, 3), roles: ["dp"] }])),
    packages: Object.fromEntries(
      Array.from({ length: PACKAGES }, (_, number) => [`ABC0000${number.toString(16).toUpperCase()}`, { files: { "a.txt": `${number}` } }]),
    ),
    absent: systems,
    // Those with a folder have a start counter, which the ledger records.
    prepare: ({ siteData }) => sites.slice(0, 12).forEach((site) => mkdirSync(join(siteData, site))),
  });
  visitors = await openVisitors(() => fleet);
});
afterAll(async () => {
  await visitors?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

const nodes = (page: Page) => page.locator("*").count();

test("of a thousand systems the overview draws one page of sites, and each system is found by its name", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  const cards = page.getByRole("article", { name: /^Site / });
  await seen(page, /30 of 101 sites · page 1/);
  expect([await cards.count(), (await nodes(page)) < MOST_NODES]).toEqual([30, true]);
  await page.getByRole("button", { name: "Next" }).focus();
  await page.keyboard.press("Enter");
  await seen(page, /30 of 101 sites · page 2/);
  await page.getByRole("searchbox", { name: "Find a site or a system" }).fill("s77dp3");
  await waitFor("one site to be left", async () => (await cards.count()) === 1 || undefined);
  expect(await cards.getByRole("listitem").count()).toBe(1);
  expect(await page.getByRole("button", { name: "Next" }).count()).toBe(0);
  await page.getByRole("radio", { name: /^Working/ }).check();
  await seen(page, "No site or system fits these filters");
  await page.goto("/#/ledger");
  // An entry with a detail for each site is not the whole page.
  await page.getByRole("button", { name: "Show more (5 details)" }).click();
  await seen(page, "S11");
  expect(faults).toEqual([]);
});

test(
  "a rebuild of ten thousand units is shown by its counters and one page of units, which filters narrow",
  { timeout: 3 * LONG },
  async () => {
    const { stdout } = await fleet.sitewright("rebuild", "--detach");
    const id = stdout.trim();
    await using visit = await visitors.operator();
    const { page, faults } = visit;
    await page.goto(`/#/runs/${id}`);
    await page
      .getByText(/100 of 10,000 units · page 1/)
      .first()
      .waitFor({ timeout: LONG });
    await page.getByRole("table", { name: "Progress by system" }).waitFor();
    const units = page.getByRole("table", { name: "Units by system" });
    expect([await units.locator("tbody").count(), (await nodes(page)) < MOST_NODES]).toEqual([100, true]);
    const first = await units.locator("tbody").first().textContent();
    const pages = page.getByRole("navigation", { name: "Pages of the units" });
    await pages.getByRole("button", { name: "Next" }).click();
    await seen(page, /100 of 10,000 units · page 2/);
    await waitFor("other units", async () => (await units.locator("tbody").first().textContent()) !== first || undefined);
    await page.getByRole("combobox", { name: "Condition" }).selectOption("waiting-for-agent");
    await seen(page, /100 of 10,000 units · page 1/);
    await page.getByRole("searchbox", { name: "Find a unit or a system" }).fill("s42dp7 dp/abc00003");
    await waitFor("the one unit to be left", async () => (await units.locator("tbody").count()) === 1 || undefined);
    await page.getByRole("combobox", { name: "Condition" }).selectOption("");
    await page.getByRole("radio", { name: /^Not done/ }).check();
    await seen(page, "No unit fits these filters");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel the rebuild" }).click();
    await page.getByRole("radio", { name: /^Not done 10,000/ }).waitFor({ timeout: LONG });
    await waitFor("the unit to be cancelled", async () => (await units.locator("tbody").count()) === 1 || undefined);
    expect(faults).toEqual([]);
  },
);
