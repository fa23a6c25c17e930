import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { openVisitors, seen, signIn, type Visitors } from "./support/browser.ts";
import { operatorToken, startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

let fleet: Fleet;
let visitors: Visitors;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "dp"] }, SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
    packages: {
      ABC00001: { files: { "a.bin": noise(2_000_000, 1), "b.bin": noise(1_000_000, 2) }, version: 3 },
      ABC00002: { files: { "c.bin": noise(1_500_000, 3) } },
      ABC00003: { files: { "d.bin": noise(1_500_000, 4) } },
    },
    prepare: ({ agentFolder }) => writeTree(agentFolder("SRVSEC"), { "dp/ABC00001/b.bin": noise(1_000_000, 2) }),
  });
  visitors = await openVisitors(() => fleet);
});
afterAll(async () => {
  await visitors?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

const view = async (id: string) => (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView;
const idOf = (url: string) => new URL(url).hash.split("/").at(-1) ?? "";

test("a wrong token is refused with a reason, the right one leads to the requested page", async () => {
  await using visit = await visitors.stranger();
  const { page } = visit;
  await page.goto("/#/runs");
  await page.waitForURL("**/#/sign-in");
  await page.getByLabel("Operator token").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  expect(await page.getByRole("alert").textContent()).toContain("Not signed in: this is not the operator token");
  await page.getByLabel("Operator token").fill(operatorToken(fleet.dataDir));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
  expect(new URL(page.url()).hash).toBe("#/runs");
  expect(await page.evaluate("document.cookie")).toBe("");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/#/sign-in");
  await page.goto("/#/");
  await page.waitForURL("**/#/sign-in");
});

test("a sign-in link signs in once; the second user who opens it is told to make another", async () => {
  const link = (await fleet.sitewright("link")).stdout.trim();
  await using first = await visitors.stranger();
  await first.page.goto(link);
  await first.page.getByRole("heading", { name: "Hierarchy", exact: true }).waitFor();
  expect(new URL(first.page.url()).hash).toBe("#/");
  await using second = await visitors.stranger();
  await second.page.goto(link);
  await seen(second.page, /this link was used before/);
});

test("a dry run shows what would be sent, a rebuild of the same is watched to its end, and every page shows its results", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).origin));
  await seen(page, "Nothing was rebuilt yet");
  await page.getByRole("link", { name: "Start a rebuild" }).first().click();
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.getByRole("heading", { name: "What a rebuild would take" }).waitFor();
  const row = page.getByRole("row", { name: /SRVSEC ABC00001/ });
  expect(await row.textContent()).toContain("3.0 MB1.0 MB");
  await page.getByRole("heading", { name: "When service would be back" }).waitFor();
  // The coordinator's own network has no known rate: only the line has an end, in its own hours.
  await seen(page, /not counted, as no rate is known there: the coordinator's own network/);
  expect(await page.getByRole("row", { name: /^SEC/ }).textContent()).toMatch(/MB\d\d:\d\d:\d\dChicago\d\d:\d\d:\d\dChicago/);
  await page.getByRole("button", { name: "Rebuild", exact: true }).click();
  await page.waitForURL(/#\/runs\//);
  const id = idOf(page.url());

  await page.getByRole("columnheader", { name: "First forecast" }).waitFor();
  await page.getByRole("img", { name: /^Service restored: \d+ % at .*, 100 % by / }).waitFor();
  const bar = page.getByRole("progressbar", { name: "Progress of this rebuild" });
  const seenShares = new Set<number>();
  await waitFor("the run page to show that it is done", async () => {
    seenShares.add(Number(await bar.getAttribute("aria-valuenow")));
    return (await page.locator(".page-head .pill").textContent()) === "done" || undefined;
  });
  expect([...seenShares].filter((share) => share > 0 && share < 100).length).toBeGreaterThan(2);
  expect([...seenShares]).toEqual([...seenShares].toSorted((a, b) => a - b));
  expect(await bar.getAttribute("aria-valuenow")).toBe("100");
  const { totals } = await view(id);
  expect(totals).toMatchObject({ failed: 0, reusedBytes: expect.any(Number) });
  expect(await page.locator(".figures").first().textContent()).toContain("Remaining0 B");
  await page.getByRole("heading", { name: "When service was back" }).waitFor();
  await page.getByRole("columnheader", { name: "As it was" }).waitFor();
  expect(await page.getByRole("row", { name: /^All of it/ }).textContent()).toMatch(/^All of it\d\d:\d\d:\d\d\d\d:\d\d:\d\d$/);
  expect(readTree(fleet.agent("SRVSEC").root("dp"))).toHaveProperty(["ABC00003/d.bin"]);

  await page.getByRole("link", { name: "Overview" }).click();
  await seen(page, "Nothing is running");
  await page
    .getByRole("listitem")
    .filter({ hasText: /SRVSEC.*rebuilt.*3 of 3 units live/ })
    .waitFor();
  await page.getByRole("link", { name: "SRVSEC" }).click();
  await page.getByRole("heading", { name: "SRVSEC" }).waitFor();
  expect(await page.getByRole("row", { name: /ABC00001/ }).textContent()).toMatch(/yes.*kept for its grace time3.*doneRebuild/);
  await seen(page, /the order to stage was accepted/);
  await page.getByRole("link", { name: "Runs" }).click();
  await page.getByRole("row", { name: /Rebuild done whole hierarchy/ }).waitFor();
  expect(new Set(requests)).toEqual(new Set([new URL(fleet.url).origin]));
  expect(faults).toEqual([]);
});

test("a rebuild is paused and resumed, and cancelled only after a confirmation", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  const run = async () => (await fleet.sitewright("rebuild", "--full", "--system", "SRVSEC", "--detach")).stdout.trim();
  const id = await run();
  // It was started elsewhere: the overview shows it automatically.
  await page.getByRole("article", { name: "Rebuild under way" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor();
  expect((await view(id)).run.state).toBe("paused");
  await page.getByRole("link", { name: "Rebuild · SRVSEC" }).click();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "No, go back" }).click();
  expect((await view(id)).run.state).toBe("running");
  await waitFor(
    "the run page to show that it is done",
    async () => (await page.locator(".page-head .pill").textContent()) === "done" || undefined,
  );

  const second = await run();
  await page.goto(`/#/runs/${second}`);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Cancel the rebuild" }).click();
  await waitFor(
    "the run page to show that it is cancelled",
    async () => (await page.locator(".page-head .pill").textContent()) === "cancelled" || undefined,
  );
  expect(faults).toEqual([]);
});

test("a user whose session ends is led to the sign-in, and back afterwards", async () => {
  await using visit = await visitors.operator();
  const { page } = visit;
  await page.goto("/#/systems/SRVABC");
  await page.getByRole("heading", { name: "SRVABC" }).waitFor();
  await page.context().clearCookies();
  // Whatever the page requests first is refused; if that is its own update of the log, the button is gone before it is pressed.
  await page
    .getByRole("button", { name: "Verify now" })
    .click({ timeout: 2_000 })
    .catch(() => undefined);
  await page.waitForURL("**/#/sign-in");
  expect(await page.getByText("SRVABC").count()).toBe(0);
  await page.getByLabel("Operator token").fill(operatorToken(fleet.dataDir));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "SRVABC" }).waitFor();
});

test("everything can be reached and used by keyboard, and fits a phone", async () => {
  await using visit = await visitors.stranger();
  const { page } = visit;
  await signIn(page, operatorToken(fleet.dataDir));
  await page.getByRole("heading", { name: "Hierarchy", exact: true }).waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("To the content");
  const { run } = await fleet.json("rebuild", "--system", "SRVSEC");
  await page.getByRole("link", { name: "Ledger" }).press("Enter");
  await page.getByRole("table", { name: "Ledger" }).waitFor();
  // A screen reader reads the name of the page that was opened.
  expect(await page.evaluate("document.activeElement.ariaLabel")).toBe("Ledger");
  await page.getByRole("button", { name: "Verify" }).press("Enter");
  await seen(page, /The ledger is intact/);
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Verify");
  await page.setViewportSize({ width: 360, height: 740 });
  // That of the ledger lies beyond the right edge at first.
  const right = async (): Promise<number> => {
    const { x = Infinity, width = 0 } = (await page.locator("nav [aria-current]").boundingBox()) ?? {};
    return x + width;
  };
  await expect.poll(right).toBeLessThanOrEqual(360);
  for (const path of ["/#/", `/#/runs/${run.id}`, "/#/runs", "/#/systems/SRVSEC", "/#/start"]) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
    expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(360);
    const { x = -1 } = (await page.locator("nav [aria-current]").boundingBox()) ?? {};
    expect(x, `the link of ${path} is in sight`).toBeGreaterThanOrEqual(0);
    expect(await right(), `the link of ${path} is in sight`).toBeLessThanOrEqual(360);
  }
  await page.goto(`/#/runs/${run.id}`);
  await page.getByRole("button", { name: /ABC00001/ }).focus();
  await page.keyboard.press("Enter");
  await seen(page, /1 attempt/);
});
