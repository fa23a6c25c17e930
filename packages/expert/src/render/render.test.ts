import { expect, test } from "vitest";
import { answersWith } from "../../test-support/answers.ts";
import { loadKnowledge } from "../adapters/load.ts";
import { readAnswers } from "../domain/answers/read-answers.ts";
import { documentOf } from "../domain/document.ts";
import type { Knowledge } from "../domain/knowledge.ts";
import { planOfAll, planRecovery, type Plan } from "../domain/plan/plan.ts";
import { speechOf, type Speech } from "../domain/texts.ts";
import { renderHtml } from "./html.ts";
import { renderPrint, renderSummary } from "./text.ts";
import { viewOf } from "./view.ts";

const knowledge = loadKnowledge();
const plan = planRecovery(knowledge, readAnswers(knowledge, answersWith({ accounts: "unknown" })).answers);
const everything = planOfAll(knowledge);

function speech(language: string, of: Plan = plan): Speech {
  const found = speechOf(knowledge, language, of.answers);
  if (!found) throw new Error(`no language ${language}`);
  return found;
}

test("the JSON document has the tasks in the order of work, with what they need of the list, and nothing else", () => {
  const document = documentOf(knowledge, plan, speech("en"));
  expect(Object.keys(document)).toEqual(["listVersion", "answers", "derived", "tasks", "losses", "contradictions"]);
  expect(document.tasks[0]).toEqual({
    id: "P01",
    phase: "prepare",
    title: "Open the recovery",
    why: expect.stringMatching(/^Later, the administrators .* If skipped: What was done is not known/) as string,
    needs: [],
    automation: "A",
    command: "sitewright recovery start <SITE> --answers answers.yaml",
    sources: ["NIST", "GL", "I"],
  });
  expect(document.derived).toMatchObject({ SITE: true, DB: false });
  expect(document.losses[0]).toEqual({
    what: "Site settings: those changed after the snapshot, until S05 and S06",
    regainedBy: "copies of the site control file",
  });
});

test("a contradiction names both answers", () => {
  const { answers } = readAnswers(knowledge, answersWith({ lost: [] }));
  expect(documentOf(knowledge, planRecovery(knowledge, answers), speech("de"))).toMatchObject({
    tasks: [],
    losses: [],
    contradictions: [
      {
        code: "HARDWARE_WITHOUT_LOSS",
        answers: { trigger: "hardware", lost: [] },
        message: "wenn Hardware ausfiel, ist mindestens ein Server verloren",
      },
    ],
  });
});

test("answers appear in the texts of the tasks that they are parameters of", () => {
  expect(speech("en").text("tasks.S01.how")).toContain("down for 2 days");
  expect(speech("de").text("tasks.R12.how")).toContain("sie sind unversehrt");
});

test("the page holds every language, and nothing that has to be fetched", () => {
  const html = renderHtml(knowledge, everything, "de");
  expect(html).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|href="(?!#)|@import|url\(|https?:/);
  for (const language of ["de", "en"]) {
    for (const { id } of knowledge.tasks) expect(html).toContain(`id="${language}-${id}"`);
  }
  expect(html).toMatch(/<html lang="de">/);
  expect(html).toMatch(/id="show-de" checked/);
});

test("every link of the page leads to a place in it", () => {
  const html = renderHtml(knowledge, plan, "en");
  const places = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
  for (const [, place = ""] of html.matchAll(/href="#([^"]+)"/g)) expect(places).toContain(place);
});

test("each printed page names its list and its page number of how many", () => {
  const html = renderHtml(knowledge, plan, "en");
  expect(html).toContain(`content:"List ${knowledge.version}"`);
  expect(html).toContain('content:"Page " counter(page) " of " counter(pages)');
  expect(html).toContain('content:"Seite " counter(page) " von " counter(pages)');
});

test("each task of the page has blanks for name, time and result", () => {
  const html = renderHtml(knowledge, plan, "en");
  const blanks = html.match(/<span>Name<\/span><span>Time<\/span><span>Result<\/span>/g) ?? [];
  expect(blanks).toHaveLength(plan.tasks.length);
});

test("texts cannot become a part of the page's markup or of its style", () => {
  const hostile = `</style><script>alert("1")</script>'&`;
  const texts = new Map([["en", new Map([...(knowledge.texts.get("en") ?? [])].map(([key]) => [key, hostile]))]]);
  const changed: Knowledge = { ...knowledge, version: hostile, texts };
  const html = renderHtml(changed, planOfAll(changed), "en");
  expect(html).not.toContain("<script");
  expect(html.match(/<\/style>/g)).toHaveLength(1);
});

test("the text for a printer has every task with its blanks, and each command in one line", () => {
  const text = renderPrint(viewOf(knowledge, everything, speech("en", everything)), speech("en", everything));
  for (const { id } of knowledge.tasks) expect(text).toMatch(new RegExp(`^\\[ \\] ${id}  `, "m"));
  for (const command of knowledge.tasks.flatMap((task) => task.command ?? [])) expect(text).toContain(`Command: ${command}\n`);
  expect(text.match(/Name _+ {2}Time _+ {2}Result _+$/gm)).toHaveLength(97);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(96);
});

test("a task is said to be done by Sitewright only if a command of this version does it", () => {
  const { phases } = viewOf(knowledge, everything, speech("en", everything));
  const tasks = phases.flatMap((phase) => phase.tasks);
  expect(tasks.filter(({ who, command }) => (who === "by hand") !== (command === undefined))).toEqual([]);
  expect(tasks.find(({ id }) => id === "S20")?.who).toBe("Sitewright, by the command");
  expect(tasks.find(({ id }) => id === "S01")?.who).toBe("a person, helped by the command");
  expect(tasks.find(({ id }) => id === "S03")?.who).toBe("by hand");
});

test("the summary has a line for each task, and marks those that depend on an unknown answer", () => {
  const summary = renderSummary(viewOf(knowledge, plan, speech("en")), speech("en"));
  expect(summary).toContain("  P02  Decide whether a recovery is needed  (first P01)");
  expect(summary).toMatch(/ {2}B05 .*\[only if an unknown answer turns out so\]/);
  expect(summary).not.toMatch(/ {2}B01 .*unknown/);
});
