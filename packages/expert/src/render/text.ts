import type { Speech } from "../domain/texts.ts";
import type { TaskView, View } from "./view.ts";

const WIDTH = 96;
const INDENT = 6;

/** The tasks as a summary: one line each. */
export function renderSummary(view: View, speech: Speech): string {
  const lines = view.phases.flatMap(({ title, tasks }) => [
    "",
    title.toUpperCase(),
    ...tasks.map(({ id, title: name, needs, condition }) => {
      const after = needs.length > 0 ? `  (${speech.word("needs").toLowerCase()} ${needs.join(", ")})` : "";
      return `  ${id}  ${name}${after}${condition === undefined ? "" : `  [${condition}]`}`;
    }),
  ]);
  const count = view.phases.reduce((sum, { tasks }) => sum + tasks.length, 0);
  return [`${view.title}: ${count} ${speech.word("tasks")}, ${view.list}`, ...lossLines(view, speech), ...lines].join("\n");
}

/** The full text for a printer: with blanks for name, time and result of each task. */
export function renderPrint(view: View, speech: Speech): string {
  const head = [view.title.toUpperCase(), view.list, "", ...wrapped(view.intro, 0)];
  const answers = view.answers.flatMap(({ ask, answer }) => [...wrapped(ask, 2), ...wrapped(answer, INDENT)]);
  const facts = view.facts.flatMap(({ name, says }) => wrapped(`${name}  ${says}`, 2));
  const sources = view.sources.flatMap(({ id, title }) => wrapped(`${id}  ${title}`, 2));
  return [
    ...head,
    ...section(speech.word("answers"), answers),
    ...section(speech.word("derived"), facts),
    ...lossLines(view, speech),
    ...view.phases.flatMap(({ title, about, tasks }) => [
      "",
      "=".repeat(WIDTH),
      title.toUpperCase(),
      ...wrapped(about, 0),
      ...tasks.flatMap((task) => taskLines(task, speech)),
    ]),
    ...section(speech.word("sourceList"), sources),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title.toUpperCase(), ...lines];
}

function lossLines({ losses }: View, speech: Speech): string[] {
  const lines = losses.flatMap(({ what, regainedBy }) => wrapped(`${what}. ${speech.word("regainedBy")}: ${regainedBy}.`, 2, 4));
  return section(speech.word("losses"), lines);
}

function taskLines(task: TaskView, speech: Speech): string[] {
  const line = (word: Parameters<Speech["word"]>[0], text: string): string[] =>
    wrapped(`${speech.word(word)}: ${text}`, INDENT, INDENT + 2);
  return [
    "",
    ...wrapped(`[ ] ${task.id}  ${task.title}`, 0, INDENT),
    ...(task.condition === undefined ? [] : line("when", task.condition)),
    ...line("who", task.who),
    ...line("needs", task.needs.length > 0 ? task.needs.join(", ") : speech.word("nothingFirst")),
    ...line("how", task.how),
    ...line("why", task.why),
    ...line("lost", task.lost),
    ...line("change", task.change),
    // A command stays in one line, so that it can be copied.
    ...(task.command === undefined ? [] : [`${" ".repeat(INDENT)}${speech.word("command")}: ${task.command}`]),
    ...(task.expect === undefined ? [] : line("expect", task.expect)),
    ...line("sources", task.sources.join(", ")),
    `${" ".repeat(INDENT)}${speech.word("name")} ${"_".repeat(20)}  ${speech.word("time")} ${"_".repeat(16)}  ${speech.word("result")} ${"_".repeat(24)}`,
  ];
}

/** The text in lines of `WIDTH`, the first one indented by `first`, the others by `rest`. */
function wrapped(text: string, first: number, rest = first): string[] {
  const lines: string[] = [];
  let line = " ".repeat(first);
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " ".repeat(rest);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
