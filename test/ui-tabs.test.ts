import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openVisitors, seen, type Visitors } from "./support/browser.ts";
import { operatorToken, startFleet, waitFor, type Fleet } from "./support/fleet.ts";

/** More than a browser opens connections to one host over HTTP/1.1. */
const TABS = 8;
const PACKAGES = 250;
/** Rows that a table draws at once. */
const DRAWN = 100;

let fleet: Fleet;
let visitors: Visitors;
beforeAll(async () => {
  const ids = Array.from({ length: PACKAGES }, (_, index) => `ABC${(index + 1).toString(16).toUpperCase().padStart(5, "0")}`);
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] } },
    packages: Object.fromEntries(ids.map((id) => [id, { files: { "a.txt": id } }])),
  });
  visitors = await openVisitors(() => fleet);
});
afterAll(async () => {
  await visitors?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

const hierarchy = (page: Page) => page.getByRole("heading", { name: "Hierarchy", exact: true });

test("eight tabs of a browser are all live over one stream, which the next tab takes over when its tab is closed", async () => {
  await using visit = await visitors.operator();
  const context = visit.page.context();
  const streams: string[] = [];
  context.on("request", (request) => {
    if (request.url().endsWith("/api/v1/events")) streams.push(request.url());
  });
  const tabs = [visit.page];
  while (tabs.length < TABS) {
    const page = await context.newPage();
    await page.goto("/");
    await hierarchy(page).waitFor();
    tabs.push(page);
  }
  expect(streams).toEqual([]);
  const showAll = async (word: RegExp) => Promise.all(tabs.map((page) => seen(page, word)));

  await fleet.agent("SRVABC").stop();
  await showAll(/SRVABC is unreachable/);
  await tabs.shift()?.close();
  await waitFor("another tab to open a stream", () => streams.length > 0 || undefined);
  await fleet.agent("SRVABC").start();
  for (const page of tabs) await page.getByText(/SRVABC is unreachable/).waitFor({ state: "detached" });
  expect(streams).toHaveLength(1);
});

test("signing in or out in one tab applies to all of them", async () => {
  await using visit = await visitors.operator();
  const { page } = visit;
  const other = await page.context().newPage();
  await other.goto("/#/runs");
  await other.getByRole("heading", { name: "Runs", exact: true }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await other.waitForURL("**/#/sign-in");
  expect(await other.getByRole("heading", { name: "Runs", exact: true }).count()).toBe(0);
  await page.getByLabel("Operator token").fill(operatorToken(fleet.dataDir));
  await page.keyboard.press("Enter");
  await hierarchy(page).waitFor();
  await other.waitForURL("**/#/runs");
  await other.getByRole("heading", { name: "Runs", exact: true }).waitFor();
});

test("after a sign-in by link the Back button leaves the pages, and an old link leads a signed-in user to the overview", async () => {
  const link = (await fleet.sitewright("link")).stdout.trim();
  await using visit = await visitors.stranger();
  const { page } = visit;
  await page.goto("about:blank");
  await page.goto(link);
  await hierarchy(page).waitFor();
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
  await page.goBack();
  await hierarchy(page).waitFor();
  expect(await page.getByText(/Not signed in/).count()).toBe(0);
  await page.goBack();
  expect(page.url()).toBe("about:blank");
  await page.goto(link);
  await hierarchy(page).waitFor();
});

test("a dry run of many units draws a part of them, finds each by its name, and stays responsive", async () => {
  await using visit = await visitors.operator();
  const { page } = visit;
  await page.goto("/#/start");
  await page.getByRole("button", { name: "Dry run" }).click();
  const table = page.getByRole("table", { name: "The plan by system and unit" });
  await table.waitFor();
  expect(await table.locator("tbody").count()).toBe(DRAWN);
  await page.getByRole("button", { name: `Show more (${PACKAGES - DRAWN} units)` }).click();
  expect(await table.locator("tbody").count()).toBe(2 * DRAWN);
  await page.getByRole("searchbox", { name: "Find a unit or a system" }).fill("abc000fa");
  await waitFor("the one unit to be left", async () => (await table.locator("tbody").count()) === 1 || undefined);
  await page.getByRole("searchbox", { name: `Find one of ${PACKAGES} packages` }).fill("000FA");
  expect(
    await page
      .getByRole("group", { name: /^Packages/ })
      .getByRole("checkbox")
      .count(),
  ).toBe(1);
});

test("answers and pages are compressed for a browser, content and secrets are not", async () => {
  const packed = async (path: string) =>
    (await fleet.api(path, { headers: { "accept-encoding": "gzip" } })).headers.get("content-encoding");
  expect(await packed("/api/v1/packages")).toBe("gzip");
  expect(await packed("/api/v1/events")).toBe("gzip");
  expect(await packed("/")).toBe("gzip");
  expect(await packed("/api/v1/session")).toBe(null);
});
