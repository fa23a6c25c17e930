import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import type { Answers, Knowledge, Plan, Speech } from "@sitewright/expert";
import { EXIT } from "../exit-codes.ts";
import { print, tell } from "../output.ts";

interface ExpertOptions {
  answers?: string;
  all?: boolean;
  json?: boolean;
  html?: string;
  print?: boolean;
  lang: string;
}

const NOTE = `
Needs no coordinator, no Redis and no network. The file holds an answer for each question that is asked, as YAML or JSON:
  { "trigger": "hardware", "siteType": "primary", "lost": ["siteServer"], ... }
Every question may be answered with unknown. What is missing, or not asked, is refused by name. Without --answers, a terminal is asked.`;

/** The recovery expert: from what happened to the ordered list of what to do. */
export function addExpert(program: Command): void {
  program
    .command("expert")
    .description("what to do after a site or site systems were lost: asks what happened, and lists every task in order")
    .option("--answers <file>", "the answers, instead of being asked; - is standard input")
    .option("--all", "every task there is, with the condition under which it applies")
    .optionsGroup("Output:")
    .option("--json", "one JSON document on standard output, everything else on standard error")
    .option("--html <file>", "one file to carry along and to print, in every language")
    .option("--print", "the whole list as text, with blanks for name, time and result")
    .option("--lang <code>", "language of the list: en or de", "en")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", NOTE)
    .action(expert);
}

async function expert(options: ExpertOptions): Promise<void> {
  checkOptions(options);
  // Loaded here, since no other verb needs it.
  const { planOfAll, planRecovery, speechOf } = await import("@sitewright/expert");
  const { loadKnowledge } = await import("@sitewright/expert/load");
  const knowledge = loadKnowledge();
  const languages = [...knowledge.texts.keys()];
  if (!speechOf(knowledge, options.lang))
    throw new SitewrightError("BAD_REQUEST", `--lang ${options.lang} is unknown: write ${languages.join(" or ")}`);
  const plan = options.all ? planOfAll(knowledge) : planRecovery(knowledge, await answersFor(knowledge, options));
  const speech = speechOf(knowledge, options.lang, plan.answers);
  if (!speech) return;
  if (plan.contradictions.length > 0) await tellContradictions(knowledge, plan, speech);
  if (plan.contradictions.length === 0 || options.json) await show(knowledge, plan, { options, speech });
}

function checkOptions({ answers, all, json, html, print: printed }: ExpertOptions): void {
  const outputs = [json ? "--json" : "", html === undefined ? "" : "--html", printed ? "--print" : ""].filter((name) => name !== "");
  if (outputs.length > 1) throw new SitewrightError("BAD_REQUEST", `${outputs.join(" and ")} exclude each other: choose one of them`);
  if (all && answers !== undefined)
    throw new SitewrightError("BAD_REQUEST", "--all lists every task, whatever the answers: leave out --all or --answers");
  if (!all && answers === undefined && !(process.stdin.isTTY && process.stdout.isTTY))
    throw new SitewrightError("BAD_REQUEST", "nobody can be asked here: name a file with --answers, or list every task with --all");
}

async function answersFor(knowledge: Knowledge, { answers: path }: ExpertOptions): Promise<Answers> {
  const { readAnswers } = await import("@sitewright/expert");
  const { readAnswersFile } = await import("@sitewright/expert/load");
  const file = path ?? "-";
  const { answers, faults } = readAnswers(knowledge, readAnswersFile(file));
  if (faults.length === 0) return answers;
  const lines = faults.map(({ line, message }) => `${file === "-" ? "standard input" : file}${line > 0 ? `:${line}` : ""}: ${message}`);
  throw new SitewrightError("ANSWERS_INVALID", ["the answers cannot be used", ...lines].join("\n"));
}

async function tellContradictions(knowledge: Knowledge, plan: Plan, speech: Speech): Promise<void> {
  const { documentOf } = await import("@sitewright/expert");
  for (const { code, answers, message } of documentOf(knowledge, plan, speech).contradictions) {
    const pair = Object.entries(answers).map(([question, answer]) => `${question}: ${JSON.stringify(answer)}`);
    tell(`sitewright: ANSWERS_CONTRADICT: ${code}: ${pair.join(" and ")} exclude each other: ${message}`);
  }
  tell("correct one answer of each pair");
  process.exitCode = EXIT.contradiction;
}

async function show(knowledge: Knowledge, plan: Plan, { options, speech }: { options: ExpertOptions; speech: Speech }): Promise<void> {
  const { documentOf, renderHtml, renderPrint, renderSummary, viewOf } = await import("@sitewright/expert");
  if (options.json) {
    print(JSON.stringify(documentOf(knowledge, plan, speech)));
  } else if (options.html !== undefined) {
    const html = renderHtml(knowledge, plan, options.lang);
    if (options.html === "-") return print(html.trimEnd());
    writeFileSync(options.html, html);
    tell(`written: ${options.html} (${plan.tasks.length} tasks)`);
  } else if (options.print) {
    print(renderPrint(viewOf(knowledge, plan, speech), speech));
  } else {
    print(renderSummary(viewOf(knowledge, plan, speech), speech));
    tell("--print shows all of it, with how and why; --html FILE writes it for a browser and a printer");
  }
}
