import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { ANSWERS } from "./screenshots/answers.ts";
import { openCamera, type Camera } from "./screenshots/camera.ts";
import { serveSampleBackup } from "./screenshots/sample-backup.ts";
import { startSample, type Sample } from "./screenshots/sample-hierarchy.ts";
import { build } from "./support/build.ts";
import { CHROMIUM } from "./support/chromium.ts";
import { stopAll } from "./support/hierarchy.ts";
import { runProgram, waitFor } from "./support/programs.ts";
import { ensureInstalled } from "./support/installed.ts";
import { REDIS_SERVER } from "./support/redis-server.ts";

/** Rebuilds the sample hierarchy and takes a picture of every page on the way, in both themes and on a phone. */
const { values: options } = parseArgs({
  options: { out: { type: "string", default: "docs/ui" }, "full-page": { type: "boolean", default: false } },
});
/** ms during which the line to SEC has a lower budget. */
const SLOWER_FOR = 6_000;
/** ms, longer than the pages' clock takes for a step. */
const TICK = 2_500;
/** Pixels for the line, the week and the limits of its hours. */
const WEEK = { width: 1280, height: 1160 };

build();
ensureInstalled(REDIS_SERVER, CHROMIUM);
const folder = mkdtempSync(join(tmpdir(), "sitewright-pictures-"));
mkdirSync(resolve(options.out), { recursive: true });
const sample = await startSample(folder);
const camera = await openCamera({ url: sample.url, out: resolve(options.out), fullPage: options["full-page"] });
try {
  await tell(sample, camera);
} finally {
  await camera.close();
  await sample.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** One system is disconnected, one source has a fault: as on a first day. */
async function tell({ signInLink, api, siteData, startAgent, sitewright }: Sample, camera: Camera): Promise<void> {
  const { page, shoot } = camera;
  await page.goto(sample.url);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await shoot("sign-in");
  await page.goto(await signInLink());
  await page.getByRole("heading", { name: "Hierarchy", exact: true }).waitFor();

  await page.goto(`${sample.url}/#/start`);
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.getByRole("heading", { name: "What a rebuild would take" }).waitFor();
  await page.getByRole("button", { name: "Rebuild", exact: true }).waitFor();
  await shoot("start");

  const fault = join(siteData, "packages/ABC00006/source/aux.txt");
  writeFileSync(fault, "a name that Windows reserves\n");
  await page.getByRole("button", { name: "Rebuild", exact: true }).click();
  await page.waitForURL(/#\/runs\//);
  const id = new URL(page.url()).hash.split("/").at(-1) ?? "";
  const view = () => api<RunView>(`/api/v1/runs/${id}`);
  // So that the chart of the address shows more than one budget.
  await waitFor("the first content to arrive", async () => (await view()).totals.fetchedBytes > 1_000_000 || undefined, 120_000);
  await sitewright("address", "set", "SEC", "--bandwidth", "3 Mbit/s");
  await page.waitForTimeout(SLOWER_FOR);
  await sitewright("address", "reset", "SEC");
  await waitFor("a part of the content to arrive", async () => (await view()).totals.fetchedBytes > 12_000_000 || undefined, 120_000);
  await page.goto(`${sample.url}/#/`);
  await page.getByText(/^about \d/).waitFor();
  // The interval of a rate.
  await page.waitForTimeout(3_000);
  await shoot("overview");
  await page.goto(`${sample.url}/#/addresses`);
  await page.getByRole("table").waitFor();
  await shoot("addresses");
  await page.getByRole("link", { name: /^SEC/ }).click();
  await page.getByRole("grid").waitFor();
  // The week, and below it the change to put in force.
  await page.evaluate("scrollTo(0, 76)");
  await paintWeek(page);
  await shoot("address");
  await page.goto(`${sample.url}/#/runs/${id}`);
  await page.getByRole("heading", { name: "Units" }).waitFor();
  await shoot("run");

  await startAgent("DPPOR");
  await waitFor("the rebuild to end", async () => (await view()).run.endedAt !== undefined || undefined, 180_000);
  await tellWeek(sample, camera);
  await page.goto(`${sample.url}/#/runs/${id}`);
  await page.getByRole("radio", { name: /Not done/ }).check();
  await page.getByRole("button", { name: "ABC00006 DP" }).first().click();
  await shoot("run-failed");
  rmSync(fault);
  await page.getByRole("button", { name: "Retry what failed" }).click();
  await waitFor("the retry to end", async () => (await view()).run.state === "done" || undefined, 120_000);
  await tellRepair(sample, page);
  await shoot("repair");
  await page.goto(`${sample.url}/#/systems/SRVSEC`);
  await page.getByRole("heading", { name: "Log" }).waitFor();
  await page.locator(".log, .empty").first().waitFor();
  await shoot("system");
  await page.goto(`${sample.url}/#/runs`);
  await page.getByRole("table").waitFor();
  await shoot("runs");
  await tellBackups(sample, camera);
  await tellRecovery(sample, camera);
}

/** One site is backed up; a part of another one cannot be saved; the server of the third makes no backups. */
async function tellBackups({ url, sitewright, backupSocket }: Sample, { page, shoot }: Camera): Promise<void> {
  const [first, second] = [join(folder, "backup-abc"), join(folder, "backup-sec")];
  const services = [
    await serveSampleBackup(first, { code: "ABC", socket: backupSocket("SRVABC") }),
    await serveSampleBackup(second, { code: "SEC", socket: backupSocket("SRVSEC"), dump: "/bin/false" }),
  ];
  try {
    await sitewright("site-backup", "run", "--system", "SRVABC");
    await runProgram("sitewright-agent", ["site-backup", "archive", join(first, "site.ctl"), "--name", "before the move"]);
    writeFileSync(join(first, "site/inboxes/new.box"), "a file of today\n".repeat(5_000));
    await sitewright("site-backup", "run", "--system", "SRVABC");
    await runProgram("sitewright-agent", ["site-backup", "verify", join(first, "site.ctl")]);
    await sitewright("site-backup", "run", "--system", "SRVSEC").catch(() => undefined);
    await page.goto(`${url}/#/backups`);
    await page.getByRole("row", { name: /SRVSEC.*no backup/ }).waitFor();
    await shoot("backups");
    await page.getByRole("link", { name: "SRVABC" }).click();
    await page.getByText("before the move").waitFor();
    await shoot("backup");
  } finally {
    await stopAll(services);
  }
}

/** The site server returns from an older backup, without one package. */
async function tellRecovery(sample: Sample, { page, shoot }: Camera): Promise<void> {
  const { url, siteData, api } = sample;
  const file = join(siteData, "ABC/site.yaml");
  const before = readFileSync(file, "utf8");
  writeFileSync(file, before.replaceAll(/(packages|advertisements): \d+/g, "$1: 2"));
  mkdirSync(join(siteData, "SEC/witnessed"), { recursive: true });
  writeFileSync(join(siteData, "SEC/witnessed/ABC.yaml"), "serials: { packages: 11, advertisements: 2000000000 }\n");
  rmSync(join(siteData, "packages/ABC00004"), { recursive: true });
  await api("/api/v1/sites");
  await page.goto(`${url}/#/sites`);
  await page.getByRole("heading", { name: /was recovered$/ }).waitFor();
  await page.getByRole("table").first().waitFor();
  await shoot("sites");
  await page.getByText("Objects made, changed or deleted after its backup").first().click();
  await page.getByRole("table", { name: "Objects of ABC to decide about" }).scrollIntoViewIfNeeded();
  await shoot("objects");
  await page.goto(`${url}/#/`);
  await page.getByRole("heading", { name: "Missing in the site data" }).waitFor();
  await shoot("recovered");
  await page.goto(`${url}/#/ledger`);
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText(/The ledger is intact/).waitFor();
  await shoot("ledger");
  await openRecovery(sample);
  await page.goto(`${url}/#/recoveries/ABC`);
  await page.getByRole("heading", { name: /^Repair/ }).waitFor();
  await shoot("recovery");
  await tellExpert(url, page);
  await shoot("expert");
}

/** The recovery of the site, with what became of its first tasks. */
async function openRecovery({ siteData, sitewright }: Sample): Promise<void> {
  const answers = join(siteData, "..", "answers.json");
  writeFileSync(answers, JSON.stringify(ANSWERS));
  await sitewright("recovery", "start", "ABC", "--answers", answers, "--lead", "anna", "--abort-when", "no snapshot can be restored");
  await sitewright("recovery", "task", "ABC", "P01", "done", "--evidence", "form 12");
  await sitewright("recovery", "task", "ABC", "P02", "done", "--done-by", "carl");
  await sitewright("recovery", "task", "ABC", "P04", "running");
  await sitewright("recovery", "task", "ABC", "P10", "skipped", "--reason", "the old disks are gone");
  await sitewright("recovery", "task", "ABC", "P16", "waiting");
}

/** The first questions after a site server was lost. */
async function tellExpert(url: string, page: Page): Promise<void> {
  await page.goto(`${url}/#/expert`);
  for (const [question, choice] of [
    ["What happened?", "a server or its disks failed"],
    ["Which kind of site is it?", "primary site"],
    ["Which servers are lost", "client access points"],
  ] as const) {
    await page.getByRole("group", { name: question }).getByLabel(choice, { exact: true }).check();
  }
}

/** Something is damaged by hand, found by a verification and repaired. */
async function tellRepair({ url, root }: Sample, page: Page): Promise<void> {
  const unit = join(root("SRVSEC", "dp"), "ABC00006");
  const [first = "", second = ""] = readdirSync(unit);
  rmSync(join(unit, first), { recursive: true });
  chmodSync(join(unit, second), 0o700);
  writeFileSync(join(unit, "thumbs.db"), "left behind by a file browser\n");
  await page.goto(`${url}/#/systems/SRVSEC`);
  await page.getByRole("button", { name: "Verify now" }).click();
  await page.getByRole("button", { name: "Repair what is wrong" }).click();
  await page.getByRole("heading", { name: /^Repair/ }).waitFor();
  await page.locator(".page-head .pill-ok").waitFor();
}

/** The week of an address in force, while its chart still shows the rebuild: the picture of docs/links.md. */
async function tellWeek({ url, sitewright }: Sample, { page, shootIn }: Camera): Promise<void> {
  await page.setViewportSize(WEEK);
  await page.goto(`${url}/#/addresses/SEC`);
  await page.getByRole("grid").waitFor();
  await paintWeek(page);
  await page.getByRole("button", { name: "Put in force" }).click();
  await page.getByText("Not in force yet").waitFor({ state: "detached" });
  await page.evaluate("scrollTo(0, 0)");
  // The page's clock has to pass the moment at which the new week opens.
  await page.waitForTimeout(TICK);
  await shootIn("week", WEEK);
  await sitewright("address", "reset", "SEC");
}

/** As an operator would, with the pointer; it is not put in force. */
async function paintWeek(page: Page): Promise<void> {
  for (const [brush, from, to] of [
    ["High only", "Monday 08", "Friday 17"],
    ["Medium and high", "Monday 18", "Friday 21"],
    ["Closed", "Sunday 02", "Sunday 05"],
  ] as const) {
    await page.getByLabel(brush).check();
    await page.getByRole("gridcell", { name: new RegExp(`^${from}`) }).hover();
    await page.mouse.down();
    await page.getByRole("gridcell", { name: new RegExp(`^${to}`) }).hover();
    await page.mouse.up();
  }
}
