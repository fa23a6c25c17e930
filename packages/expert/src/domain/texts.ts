import type { Answer, Answers } from "./case.ts";
import { CHANGES, PHASES, UNKNOWN, type Knowledge, type Texts } from "./knowledge.ts";

/** `{downDays}` in a text stands for the answer to that question. */
export const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

/** Headings and labels of the output. */
const WORDS = [
  "language",
  "title",
  "titleAll",
  "list",
  "answers",
  "notAnswered",
  "unknown",
  "derived",
  "yes",
  "no",
  "maybe",
  "tasks",
  "phase",
  "needs",
  "nothingFirst",
  "who",
  "hand",
  "helps",
  "does",
  "why",
  "lost",
  "how",
  "command",
  "expect",
  "sources",
  "sourceList",
  "when",
  "may",
  "change",
  "losses",
  "what",
  "regainedBy",
  "name",
  "time",
  "result",
  "done",
  "page",
  "of",
  "contradictions",
  "choose",
  "intro",
  "introAll",
  "none",
  "day",
  "days",
  "inference",
  "askOne",
  "askSet",
  "askNumber",
  "askSite",
  "askNote",
  "notUnderstood",
  "excludes",
  "whichAgain",
  "asFile",
] as const;
export type Word = (typeof WORDS)[number];

/** The keys of all texts that a language must have. */
export function textKeys({ questions, facts, tasks, losses, contradictions }: Knowledge): Set<string> {
  return new Set([
    ...WORDS.map((word) => `words.${word}`),
    ...PHASES.flatMap((phase) => [`phases.${phase}.title`, `phases.${phase}.about`]),
    ...CHANGES.map((change) => `changes.${change}`),
    ...questions.flatMap(({ id, values }) => [
      `questions.${id}.ask`,
      `questions.${id}.why`,
      ...values.map((value) => `questions.${id}.${value}`),
    ]),
    ...facts.map(({ name }) => `facts.${name}`),
    ...tasks.flatMap(({ id }) => ["title", "how", "why", "lost"].map((part) => `tasks.${id}.${part}`)),
    ...losses.flatMap(({ id }) => ["what", "with", "without", "regainedBy"].map((part) => `losses.${id}.${part}`)),
    ...contradictions.map(({ code }) => `contradictions.${code}`),
  ]);
}

/** The texts of one language, with answers filled in. */
export interface Speech {
  language: string;
  word(word: Word): string;
  text(key: string): string;
  answer(question: string, answer: Answer | undefined): string;
}

/** The texts in a language; undefined for an unknown language. */
export function speechOf({ texts, questions }: Knowledge, language: string, answers: Answers = new Map()): Speech | undefined {
  const known: Texts | undefined = texts.get(language);
  if (!known) return undefined;
  const plain = (key: string): string => known.get(key) ?? key;
  const answerText = (question: string, answer: Answer | undefined): string => {
    if (answer === undefined) return plain("words.notAnswered");
    if (answer === UNKNOWN) return plain("words.unknown");
    const values = questions.find(({ id }) => id === question)?.values ?? [];
    if (typeof answer === "object")
      return answer.length === 0 ? plain("words.none") : answer.map((value) => answerText(question, value)).join("; ");
    if (typeof answer === "number") return `${answer} ${plain(answer === 1 ? "words.day" : "words.days")}`;
    return values.includes(answer) ? plain(`questions.${question}.${answer}`) : answer;
  };
  const text = (key: string): string =>
    plain(key).replaceAll(PLACEHOLDER, (_, question: string) => answerText(question, answers.get(question)));
  return { language, word: (word) => plain(`words.${word}`), text, answer: answerText };
}
