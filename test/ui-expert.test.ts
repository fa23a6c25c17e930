import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExpertDocument } from "@sitewright/expert";
import { runProgram } from "../scripts/support/programs.ts";
import { openVisitors, seen, type Visitors } from "./support/browser.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";

let fleet: Fleet;
let visitors: Visitors;
const folder = mkdtempSync(join(tmpdir(), "sitewright-expert-page-"));
beforeAll(async () => {
  fleet = await startFleet({ systems: { SRVABC: { roles: ["dp"] } } });
  visitors = await openVisitors(() => fleet);
});
afterAll(async () => {
  await visitors?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const choice = (page: Page, question: string | RegExp, label: string) =>
  page.getByRole("group", { name: question }).getByLabel(label, { exact: true });

/** Client access points of a primary site are lost, and nothing else. */
async function answerCap(page: Page): Promise<void> {
  await choice(page, "What happened?", "a server or its disks failed").check();
  await choice(page, "Which kind of site is it?", "primary site").check();
  await choice(page, "Which servers are lost", "client access points").check();
  await page.getByRole("group").last().getByRole("radio").first().check();
  await page.getByRole("group").last().getByRole("radio").first().check();
  await seen(page, "(all answered)");
}

/** The result of the command line for a file of answers. */
async function listOf(file: string): Promise<ExpertDocument> {
  const { stdout, stderr } = await runProgram("sitewright", ["expert", "--answers", file, "--json"], { cwd: folder });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as ExpertDocument;
}

async function taskIds(page: Page): Promise<string[]> {
  return page.locator("article h4 code").allTextContents();
}

test("answers give the list of the command line, in the browser alone, and the saved file gives the same list there", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  await page.getByRole("link", { name: "Expert", exact: true }).click();
  await page.getByRole("group", { name: "What happened?" }).waitFor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await answerCap(page);
  expect(asked.filter((url) => !url.startsWith("blob:"))).toEqual([]);

  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save answers" }).click()]);
  const file = join(folder, "saved.json");
  await saved.saveAs(file);
  const document = await listOf(file);
  expect(document.answers).toMatchObject({ trigger: "hardware", siteType: "primary", lost: ["cap"] });
  expect(await taskIds(page)).toEqual(document.tasks.map(({ id }) => id));
  await page.getByText(document.listVersion).first().waitFor();
  expect(faults).toEqual([]);
});

test("answers survive a reload, can be loaded from YAML, and a wrong file is refused with its line and changes nothing", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  await page.goto("/#/expert");
  await answerCap(page);
  const before = await taskIds(page);
  await page.reload();
  await seen(page, "(all answered)");
  expect(await taskIds(page)).toEqual(before);

  const wrong = join(folder, "wrong.yaml");
  writeFileSync(wrong, "trigger: hardware\nsiteTipe: primary\n");
  await page.getByLabel("Load answers").last().setInputFiles(wrong);
  await seen(page, 'wrong.yaml:2: there is no question "siteTipe": did you mean "siteType"?');
  expect(await taskIds(page)).toEqual(before);

  const right = join(folder, "right.yaml");
  writeFileSync(right, "trigger: hardware\nsiteType: primary\nlost: [dp]\nlink: slow\nsecured: no\n");
  await page.getByLabel("Load answers").last().setInputFiles(right);
  await page.getByText("siteTipe").waitFor({ state: "detached" });
  expect(await choice(page, "Which servers are lost", "distribution points").isChecked()).toBe(true);
  expect(await taskIds(page)).toEqual((await listOf(right)).tasks.map(({ id }) => id));
  expect(faults).toEqual([]);
});

test("answers that exclude each other are named at both of their questions, and correcting one restores the list", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  await page.goto("/#/expert");
  await choice(page, "What happened?", "a server or its disks failed").check();
  await choice(page, "Which kind of site is it?", "secondary site").check();
  await choice(page, "Which servers are lost", "the database server").check();
  for (const question of ["Which kind of site is it?", "Which servers are lost"]) {
    await page.getByRole("group", { name: question }).getByText("a secondary site has no database that could be lost").waitFor();
  }
  expect(await taskIds(page)).toEqual([]);
  expect(await page.getByRole("button", { name: "Save answers" }).isDisabled()).toBe(true);
  await choice(page, "Which kind of site is it?", "unknown").check();
  await page.getByText("a secondary site has no database that could be lost").first().waitFor({ state: "detached" });
  expect((await taskIds(page)).length).toBeGreaterThan(0);
  expect(faults).toEqual([]);
});

test("the page has German texts too, copies commands, and prints answers and tasks without the controls of the screen", async () => {
  await using visit = await visitors.operator();
  const { page, faults } = visit;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/#/expert");
  await answerCap(page);
  await page.getByRole("button", { name: /^Copy: sitewright rebuild --site/ }).click();
  await seen(page, "Copied");
  expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^sitewright rebuild --site/);

  await page.getByRole("radio", { name: "Deutsch" }).check();
  await page.getByRole("button", { name: "Drucken" }).waitFor();
  await page.getByRole("group", { name: "Was ist geschehen?" }).waitFor();
  await page.evaluate("window.print = () => { document.title = 'printed'; }");
  await page.getByRole("button", { name: "Drucken" }).click();
  expect(await page.title()).toBe("printed");
  await page.emulateMedia({ media: "print" });
  expect(await page.getByRole("button", { name: "Drucken" }).isVisible()).toBe(false);
  expect(await page.getByRole("banner").isVisible()).toBe(false);
  expect(await page.locator(".answers-on-paper").isVisible()).toBe(true);
  expect(await page.locator(".evidence").first().isVisible()).toBe(true);
  expect(faults).toEqual([]);
});
