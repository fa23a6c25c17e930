import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { AddressDetails } from "../packages/coordinator/src/app/addresses/address-status.ts";
import { openVisitors, seen, type Visitors } from "./support/browser.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";

let fleet: Fleet;
let visitors: Visitors;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "2 Mbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(6_000_000, 1) } } },
  });
  visitors = await openVisitors(() => fleet);
});
afterAll(async () => {
  await visitors?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

const address = async () => (await (await fleet.api("/api/v1/addresses/SEC")).json()) as AddressDetails;

async function openAddress(page: Page): Promise<void> {
  await page.goto("/#/addresses");
  await page.getByRole("row", { name: /SEC Seattle.*2 Mbit\/s.*hierarchy\.yaml/ }).waitFor();
  await page.getByRole("link", { name: "SEC Seattle" }).click();
  await page.getByRole("heading", { name: "Address SEC" }).waitFor();
}

test("a week is painted with the pointer and by keyboard, put in force, and reset to the file", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  await openAddress(page);
  const cell = (name: string) => page.getByRole("gridcell", { name: new RegExp(`^${name}:`) });

  await page.getByLabel("Closed").check();
  await cell("Saturday 02 to 03").hover();
  await page.mouse.down();
  await cell("Sunday 05 to 06").hover();
  await page.mouse.up();
  await page.getByRole("button", { name: "12: paint this hour on every day" }).click();

  await page.getByLabel("High only").check();
  await cell("Monday 08 to 09").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe("Tuesday 09 to 10: High only");

  expect((await address()).effective).not.toHaveProperty("schedule");
  await page.getByRole("button", { name: "Put in force" }).click();
  await seen(page, /operator set schedule Mon 08-10: high/);
  expect((await address()).effective.schedule).toEqual({
    "Mon 08-10": "high",
    "Mon-Sun 12-13": "closed",
    "Tue 09-10": "high",
    "Sat,Sun 02-06": "closed",
  });
  expect(await page.getByRole("button", { name: "Put in force" }).count()).toBe(0);

  await page.getByRole("button", { name: "Back to the file" }).click();
  await waitFor("the file's schedule", async () => (await address()).effective.schedule === undefined || undefined);
  await page.getByRole("gridcell", { name: "Monday 08 to 09: All priorities" }).waitFor();
  expect(faults).toEqual([]);
});

test("an invalid rate is reported immediately and cannot be submitted; limits by the hour are set in words or as a share", async () => {
  await using visit = await visitors.operator();
  const { page } = visit;
  await openAddress(page);
  await page.getByLabel("What the line carries").fill("fast");
  await seen(page, /bandwidth "fast" is not a rate: write "2 Mbit\/s"/);
  expect(await page.getByRole("button", { name: "Put in force" }).isDisabled()).toBe(true);
  await page.getByLabel("What the line carries").fill("1 Mbit/s");
  await page.getByRole("button", { name: "Add hours" }).click();
  await page.getByLabel("Rate from 08 to 18").fill("50%");
  await page.getByLabel("From hour").selectOption("00");
  await page.getByLabel("To hour").selectOption("24");
  await page.getByRole("button", { name: "Put in force" }).click();
  await seen(page, "of 1 Mbit/s");
  expect(await address()).toMatchObject({ budget: 500_000, effective: { bandwidth: "1 Mbit/s", rateLimit: { "00-24": "50%" } } });
  await page.getByRole("button", { name: "Reset" }).click();
  await page.getByRole("button", { name: "Reset the address" }).click();
  await seen(page, /operator reset to hierarchy\.yaml/);
  expect(await address()).toMatchObject({ budget: 2_000_000 });
});

test("traffic of the line is shown live beside its budget, and a pause is shown everywhere immediately", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  await openAddress(page);
  const id = (await fleet.sitewright("rebuild", "--detach")).stdout.trim();
  await waitFor("the chart to show about the budget", async () => {
    const label = (await page.getByRole("img", { name: /The last two minutes/ }).getAttribute("aria-label")) ?? "";
    return /now (1\.[6-9]|2(\.[01])?) Mbit\/s of 2 Mbit\/s$/.test(label) || undefined;
  });
  await page.getByRole("heading", { name: "When the rebuild completes here" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await page.getByRole("img", { name: /now 0 bit\/s of 2 Mbit\/s/ }).waitFor();
  await page.goto(`/#/runs/${id}`);
  await seen(page, /address SEC is paused/);
  await page.goto("/#/");
  await page.getByRole("link", { name: "See the address" }).click();
  // From elsewhere: the page shows it automatically.
  await fleet.sitewright("address", "set", "SEC", "--schedule", "Mon-Sun 00-24=closed");
  await fleet.sitewright("address", "resume", "SEC");
  await page.locator(".page-head .pill", { hasText: "closed" }).waitFor();
  await page.goto(`/#/runs/${id}`);
  await seen(page, /waiting for window, SEC does not open for it this week/);
  await fleet.sitewright("address", "set", "SEC", "--schedule", "", "--bandwidth", "80 Mbit/s");
  await waitFor("the run to be done", async () => (await page.locator(".page-head .pill").textContent()) === "done" || undefined);
  expect(faults).toEqual([]);
});

test("both pages fit a phone, where days are side by side", async () => {
  await using visit = await visitors.operator();
  const { page } = visit;
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of ["/#/addresses", "/#/addresses/SEC"]) {
    await page.goto(path);
    await page.getByText("SEC").first().waitFor();
    await page
      .getByText(/Next change/i)
      .first()
      .waitFor({ state: "attached" });
    expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(360);
  }
  await page.getByRole("gridcell", { name: /^Monday 08/ }).focus();
  await page.keyboard.press("ArrowRight");
  expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toMatch(/^Tuesday 08/);
});

test("a rehearsal of a lost site names its end, its bottleneck and what would change it, and leaves no entry in the ledger", async () => {
  expect((await fleet.json("plan")).exitCode).toBe(0);
  const entries = async () => ((await (await fleet.api("/api/v1/ledger")).json()) as { entries: unknown[] }).entries.length;
  const before = await entries();
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  await page.goto("/#/recoveries");
  await page.getByRole("link", { name: "Rehearse one" }).click();
  const rehearse = page.getByRole("button", { name: "Rehearse" });
  await rehearse.waitFor();
  expect(await rehearse.isDisabled()).toBe(true);
  await page
    .getByRole("group", { name: /^Lost sites/ })
    .getByLabel(/^SEC/)
    .check();
  await page.getByLabel("Rates to assume").fill("SEC=2 kbit/s");
  await rehearse.click();
  await seen(page, /All served by .*, after \d/);
  await seen(page, /The bottleneck is the line SEC/);
  await page.getByRole("row", { name: /a second line beside SEC/ }).waitFor();
  expect(await entries()).toBe(before);
  expect(faults).toEqual([]);
});
