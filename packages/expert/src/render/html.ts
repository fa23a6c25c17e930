import type { Knowledge } from "../domain/knowledge.ts";
import type { Plan } from "../domain/plan/plan.ts";
import { speechOf, type Speech, type Word } from "../domain/texts.ts";
import { styleOf } from "./html-style.ts";
import { viewOf, type TaskView, type View } from "./view.ts";

/** A self-contained file: every language of the knowledge, `language` first, chosen at its top; for screen and print. */
export function renderHtml(knowledge: Knowledge, plan: Plan, language: string): string {
  const languages = [language, ...[...knowledge.texts.keys()].filter((other) => other !== language)];
  const speeches = languages.flatMap((name) => speechOf(knowledge, name, plan.answers) ?? []);
  const views = speeches.map((speech) => ({ speech, view: viewOf(knowledge, plan, speech) }));
  const switches = speeches.map(
    ({ language: name, word }, index) =>
      `<input type="radio" name="language" id="show-${escaped(name)}"${index === 0 ? " checked" : ""}><label for="show-${escaped(name)}" lang="${escaped(name)}">${escaped(word("language"))}</label>`,
  );
  const [first] = views;
  return `<!doctype html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(first?.view.title ?? "")} (${escaped(knowledge.version)})</title>
<style>${styleOf(views.map(({ speech, view }) => ({ language: speech.language, list: view.list, page: speech.word("page"), of: speech.word("of") })))}</style>
</head>
<body>
<header><fieldset class="languages"><legend>${escaped(first?.speech.word("choose") ?? "")}</legend>${switches.join("")}</fieldset></header>
${views.map(({ speech, view }) => mainPart(view, speech)).join("\n")}
</body>
</html>
`;
}

/** Text for HTML, also within quotes. */
function escaped(text: string): string {
  const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replaceAll(/[&<>"']/g, (sign) => signs[sign] ?? sign);
}

function mainPart(view: View, speech: Speech): string {
  const word = (name: Word): string => escaped(speech.word(name));
  const count = view.phases.reduce((sum, { tasks }) => sum + tasks.length, 0);
  return `<main lang="${escaped(speech.language)}">
<header>
<p class="list">${escaped(view.list)}</p>
<h1>${escaped(view.title)}</h1>
<p class="intro">${escaped(view.intro)}</p>
<nav aria-label="${word("phase")}">${view.phases.map(({ phase, title, tasks }) => `<a href="#${speech.language}-${phase}">${escaped(title)} <span>${tasks.length}</span></a>`).join("")}<b>${count} ${word("tasks")}</b></nav>
</header>
${pairs(word("answers"), view.answers, ({ ask, answer }) => [ask, answer])}
${pairs(word("derived"), view.facts, ({ name, says }) => [name, says])}
${lossTable(view, word)}
${view.phases.map(({ phase, title, about, tasks }) => `<section class="phase" id="${speech.language}-${phase}"><h2>${escaped(title)}</h2><p>${escaped(about)}</p>\n${tasks.map((task) => taskPart(task, speech)).join("\n")}</section>`).join("\n")}
${pairs(word("sourceList"), view.sources, ({ id, title }) => [id, title], "sources")}
</main>`;
}

function pairs<T>(title: string, items: readonly T[], texts: (item: T) => readonly [string, string], kind = ""): string {
  if (items.length === 0) return "";
  const rows = items.map((item) => {
    const [term, text] = texts(item);
    return `<div><dt>${escaped(term)}</dt><dd>${escaped(text)}</dd></div>`;
  });
  return `<section class="pairs ${kind}"><h2>${title}</h2><dl>${rows.join("")}</dl></section>`;
}

function lossTable({ losses }: View, word: (name: Word) => string): string {
  if (losses.length === 0) return "";
  const rows = losses.map(({ what, regainedBy }) => `<tr><td>${escaped(what)}</td><td>${escaped(regainedBy)}</td></tr>`);
  return `<section class="losses"><h2>${word("losses")}</h2><table><thead><tr><th scope="col">${word("what")}</th><th scope="col">${word("regainedBy")}</th></tr></thead><tbody>${rows.join("")}</tbody></table></section>`;
}

function taskPart(task: TaskView, speech: Speech): string {
  const word = (name: Word): string => escaped(speech.word(name));
  const row = (name: Word, html: string): string => `<div><dt>${word(name)}</dt><dd>${html}</dd></div>`;
  const link = (id: string): string => `<a href="#${speech.language}-${id}">${escaped(id)}</a>`;
  const expect = task.expect === undefined ? "" : ` <span class="expect">${word("expect")} <samp>${escaped(task.expect)}</samp></span>`;
  const rows = [
    ...(task.condition === undefined ? [] : [row("when", escaped(task.condition))]),
    row("how", escaped(task.how)),
    ...(task.command === undefined ? [] : [row("command", `<code>${escaped(task.command)}</code>${expect}`)]),
    row("why", escaped(task.why)),
    row("lost", escaped(task.lost)),
    row("needs", task.needs.length > 0 ? task.needs.map(link).join(", ") : word("nothingFirst")),
    row("change", escaped(task.change)),
    row("sources", escaped(task.sources.join(", "))),
  ];
  return `<article id="${speech.language}-${task.id}">
<h3><i class="box" aria-hidden="true"></i><b>${escaped(task.id)}</b> ${escaped(task.title)} <small>${escaped(task.who)}</small></h3>
<dl>${rows.join("")}</dl>
<p class="evidence"><span>${word("name")}</span><span>${word("time")}</span><span>${word("result")}</span></p>
</article>`;
}
