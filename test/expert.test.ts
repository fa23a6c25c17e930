import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExpertDocument } from "@sitewright/expert";
import { loadKnowledge } from "@sitewright/expert/load";
import { LOST_PRIMARY } from "../packages/expert/test-support/answers.ts";
import { launchChromium } from "../scripts/support/chromium.ts";
import { runProgram, type Finished } from "../scripts/support/programs.ts";

const COORDINATOR = join(dirname(import.meta.dirname), "packages/coordinator");
let folder: string;
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
  folder = mkdtempSync(join(tmpdir(), "sitewright-expert-"));
  writeFileSync(join(folder, "answers.json"), JSON.stringify({ ...LOST_PRIMARY, backupAge: 3, downDays: 2 }));
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Without a coordinator and without its environment variables. */
const expertSays = (...args: string[]): Promise<Finished> => runProgram("sitewright", ["expert", ...args], { cwd: folder });

test("answers in JSON or in YAML give the same list of tasks", async () => {
  const yaml = Object.entries(LOST_PRIMARY).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : `[${value.join(", ")}]`}`,
  );
  writeFileSync(join(folder, "answers.yaml"), `# by phone\n${yaml.join("\n")}\n`);
  const [json, fromYaml] = await Promise.all([
    expertSays("--answers", "answers.json", "--json"),
    expertSays("--answers", "answers.yaml", "--json"),
  ]);
  expect([json.code, json.stderr]).toEqual([0, ""]);
  expect(fromYaml).toEqual(json);
  const { tasks, answers, listVersion } = JSON.parse(json.stdout) as ExpertDocument;
  expect(listVersion).toBe(loadKnowledge().version);
  expect(answers).toMatchObject({ trigger: "hardware", lost: ["siteServer"], backupAge: 3 });
  expect(tasks.map(({ id }) => id)).toEqual(expect.arrayContaining(["P01", "B07", "R03", "S01", "V14"]));
});

test("the program works alone from a medium: no packages beside it, no network, nothing written", async () => {
  const medium = join(folder, "medium");
  for (const part of ["package.json", "bin", "dist/bundle"]) cpSync(join(COORDINATOR, part), join(medium, part), { recursive: true });
  const child = spawn(
    process.execPath,
    [
      "--permission",
      "--allow-fs-read=*",
      join(medium, "dist/bundle/main.js"),
      "expert",
      "--answers",
      join(folder, "answers.json"),
      "--json",
    ],
    { cwd: medium, stdio: ["ignore", "pipe", "inherit"], env: {} },
  );
  let stdout = "";
  child.stdout.on("data", (data) => (stdout += data));
  await once(child, "close");
  expect(child.exitCode).toBe(0);
  expect((JSON.parse(stdout) as ExpertDocument).tasks.length).toBeGreaterThan(60);
});

test("answers that exclude each other end with exit code 2, name both, and give no tasks", async () => {
  writeFileSync(join(folder, "contradicting.yaml"), "trigger: hardware\nsiteType: secondary\nlost: [siteServer]\nchildren: [up]\n");
  const { code, stdout, stderr } = await expertSays("--answers", "contradicting.yaml", "--json");
  expect(code).toBe(2);
  expect(stderr).toContain('ANSWERS_CONTRADICT: SECONDARY_WITH_CHILDREN: siteType: "secondary" and children: ["up"] exclude each other');
  expect(JSON.parse(stdout)).toMatchObject({ tasks: [], contradictions: [{ code: "SECONDARY_WITH_CHILDREN" }] });
});

test("unusable answers are refused with file and line, all together", async () => {
  writeFileSync(join(folder, "wrong.yaml"), "trigger: hardware\nsiteTipe: primary\nlost: [siteServr]\n");
  const { code, stdout, stderr } = await expertSays("--answers", "wrong.yaml", "--json");
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/ANSWERS_INVALID[\s\S]*wrong\.yaml:2: there is no question "siteTipe": did you mean "siteType"\?/);
  expect(stderr).toMatch(/wrong\.yaml:3: lost: "siteServr" is not an answer/);
});

test.each([
  [["--answers", "answers.json", "--all"], /leave out --all or --answers/],
  [["--answers", "answers.json", "--json", "--print"], /--json and --print exclude each other/],
  [["--answers", "answers.json", "--lang", "fr"], /--lang fr is unknown: write de or en|--lang fr is unknown: write en or de/],
  [["--answers", "nothing.json"], /nothing\.json/],
  [[], /there is no terminal to ask questions on: name a file with --answers/],
])("sitewright expert %j is refused with advice", async (args, message) => {
  const { code, stdout, stderr } = await expertSays(...args);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(message);
});

/** The output of a terminal when these lines are typed at it. */
async function atTerminal(lines: readonly string[]): Promise<Finished> {
  const program = `"${process.execPath}" "${join(COORDINATOR, "bin/sitewright.mjs")}" expert`;
  const child = spawn("script", ["--quiet", "--return", "--command", program, "/dev/null"], {
    cwd: folder,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let told = false;
  child.stdout.on("data", (data) => {
    stdout += data;
    // Text typed before the program reads would be shown twice.
    if (!told && stdout.includes("Number or word")) child.stdin.write(lines.map((line) => `${line}\n`).join(""));
    told ||= stdout.includes("Number or word");
  });
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr: "" };
}

test.runIf(process.platform !== "win32")("at a terminal it asks, and ends with the list", async () => {
  const { code, stdout } = await atTerminal(["hardware", "primary", "", "2", "cap", "slow", "no"]);
  expect(code).toBe(0);
  expect(stdout).toContain("These answers exclude each other: when hardware failed, at least one server is lost");
  expect(stdout).toContain('{"trigger":"hardware","siteType":"primary","lost":["cap"],"link":"slow","secured":"no"}');
  expect(stdout).toMatch(/S20 {2}Rebuild the client access points/);
});

test.runIf(process.platform !== "win32")("ending the input at a terminal ends the questions, with advice", async () => {
  const { code, stdout } = await atTerminal(["hardware", "primary", "\u0004"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/ANSWERS_INVALID: stopped before all questions were answered: start again, or name a file with --answers/);
});

test("every command that a task names is one of this program, with options that it has", async () => {
  const commands = [...new Set(loadKnowledge().tasks.flatMap(({ command }) => command ?? []))];
  expect(commands.length).toBeGreaterThan(5);
  const verbs = Map.groupBy(commands, (command) => /^sitewright( [a-z][a-z-]*)+(?= |$)/.exec(command)?.[0] ?? command);
  for (const [verb, uses] of verbs) {
    const [program, ...words] = verb.split(" ");
    expect(program).toBe("sitewright");
    const { code, stdout } = await runProgram("sitewright", [...words, "--help"]);
    expect([verb, code]).toEqual([verb, 0]);
    expect(stdout).toContain(`Usage: ${verb}`);
    for (const option of uses.flatMap((use) => use.match(/--[a-z-]+/g) ?? [])) expect(stdout).toContain(` ${option}`);
  }
});

test("the page opens without a network, in the requested language, and can be switched and printed", async () => {
  const { code, stderr } = await expertSays("--answers", "answers.json", "--html", "recovery.html", "--lang", "de");
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^written: recovery\.html \(\d+ tasks\)\n$/)]);
  expect(existsSync(join(folder, "recovery.html"))).toBe(true);
  await using context = await browser.newContext({ offline: true });
  const page = await context.newPage();
  const wanted: string[] = [];
  page.on("request", (request) => wanted.push(request.url()));
  const url = pathToFileURL(join(folder, "recovery.html")).href;
  await page.goto(url);
  expect(await page.locator("main:visible h1").allTextContents()).toEqual(["Wiederherstellungsaufgaben"]);
  await page.locator("label[for=show-en]").click();
  expect(await page.locator("main:visible h1").allTextContents()).toEqual(["Recovery tasks"]);
  expect(wanted).toEqual([url]);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(8);
});

test.each(["light", "dark"] as const)(
  "the page is accessible: no fault of accessibility is found in the %s theme, on a phone",
  async (colorScheme) => {
    await expertSays("--answers", "answers.json", "--html", `${colorScheme}.html`);
    await using context = await browser.newContext({ offline: true, colorScheme, viewport: { width: 390, height: 844 }, bypassCSP: true });
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(folder, `${colorScheme}.html`)).href);
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as axe.AxeResults;
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  },
);

test("the whole list is printed with --all, in either language", async () => {
  const { code, stdout } = await expertSays("--all", "--print", "--lang", "de");
  expect(code).toBe(0);
  expect(stdout.match(/^\[ \] [PBRSV]\d\d /gm)).toHaveLength(97);
  const html = await expertSays("--all", "--html", "-");
  expect(html.stdout.match(/<article id="en-/g)).toHaveLength(97);
  expect(readFileSync(join(folder, "answers.json"), "utf8")).toContain("hardware");
});
