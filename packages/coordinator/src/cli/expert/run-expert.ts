import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SitewrightError, plural } from "@sitewright/protocol";
import {
  documentOf,
  planOfAll,
  planRecovery,
  readAnswers,
  renderHtml,
  renderPrint,
  renderSummary,
  speechOf,
  viewOf,
  type Answers,
  type Knowledge,
  type Plan,
  type Speech,
} from "@sitewright/expert";
import { loadKnowledge, readAnswersFile } from "@sitewright/expert/load";
import { EXIT } from "../exit-codes.ts";
import { print, tell } from "@sitewright/node-kit/output";
import { interview } from "./interview.ts";
import { terminalPerson } from "./terminal-person.ts";

export interface ExpertOptions {
  answers?: string;
  all?: boolean;
  json?: boolean;
  html?: string;
  print?: boolean;
  lang: string;
}

/** Produces the list, from answers or of all tasks, in the requested form. */
export async function runExpert(options: ExpertOptions): Promise<void> {
  const knowledge = loadKnowledge();
  const asking = speechIn(knowledge, options.lang);
  const plan = options.all ? planOfAll(knowledge) : planRecovery(knowledge, await answersFor(knowledge, options.answers, asking));
  const speech = speechIn(knowledge, options.lang, plan.answers);
  if (plan.contradictions.length > 0) tellContradictions(knowledge, plan, speech);
  if (plan.contradictions.length === 0 || options.json) show(knowledge, plan, { options, speech });
}

function speechIn(knowledge: Knowledge, language: string, answers?: Answers): Speech {
  const speech = speechOf(knowledge, language, answers);
  if (speech) return speech;
  throw new SitewrightError("BAD_REQUEST", `--lang ${language} is unknown: write ${[...knowledge.texts.keys()].join(" or ")}`);
}

async function answersFor(knowledge: Knowledge, file: string | undefined, speech: Speech): Promise<Answers> {
  if (file === undefined) {
    using person = terminalPerson();
    const answers = await interview(knowledge, speech, person);
    tell(`\n${speech.word("asFile")}:\n${JSON.stringify(Object.fromEntries(answers))}\n`);
    return answers;
  }
  const { answers, faults } = readAnswers(knowledge, readAnswersFile(file));
  if (faults.length === 0) return answers;
  const lines = faults.map(({ line, message }) => `${file === "-" ? "standard input" : file}${line > 0 ? `:${line}` : ""}: ${message}`);
  throw new SitewrightError("ANSWERS_INVALID", ["the answers cannot be used", ...lines].join("\n"));
}

function tellContradictions(knowledge: Knowledge, plan: Plan, speech: Speech): void {
  for (const { code, answers, message } of documentOf(knowledge, plan, speech).contradictions) {
    const pair = Object.entries(answers).map(([question, answer]) => `${question}: ${JSON.stringify(answer)}`);
    tell(`sitewright: ANSWERS_CONTRADICT: ${code}: ${pair.join(" and ")} exclude each other: ${message}`);
  }
  tell("correct one answer of each pair");
  process.exitCode = EXIT.contradiction;
}

function show(knowledge: Knowledge, plan: Plan, { options, speech }: { options: ExpertOptions; speech: Speech }): void {
  if (options.json) {
    print(JSON.stringify(documentOf(knowledge, plan, speech)));
  } else if (options.html !== undefined) {
    const html = renderHtml(knowledge, plan, options.lang);
    if (options.html === "-") return print(html.trimEnd());
    if (!existsSync(dirname(options.html)))
      throw new SitewrightError(
        "BAD_REQUEST",
        `--html ${options.html} cannot be written: there is no folder ${dirname(options.html)}, make it first`,
      );
    writeFileSync(options.html, html);
    tell(`written: ${options.html} (${plural(plan.tasks.length, "task")})`);
  } else if (options.print) {
    print(renderPrint(viewOf(knowledge, plan, speech), speech));
  } else {
    print(renderSummary(viewOf(knowledge, plan, speech), speech));
    tell("--print shows everything with how and why; --html FILE writes it for a browser and a printer");
  }
}
