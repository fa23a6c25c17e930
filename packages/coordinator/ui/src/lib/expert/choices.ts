import { readAnswer, UNKNOWN, type Answer, type Question, type Speech } from "@sitewright/expert";

/** Chosen for an empty set. No value of the list has this form. */
const NOTHING = "";

export interface Choice {
  value: string;
  label: string;
}

/** The choices for a question, "unknown" last. A set that may be empty can be chosen to be: nothing ticked is not an answer. */
export function choicesOf({ id, kind, values, alone }: Question, speech: Speech): Choice[] {
  return [
    ...values.map((value) => ({ value, label: speech.answer(id, value) })),
    ...(kind === "set" && alone === undefined ? [{ value: NOTHING, label: speech.word("none") }] : []),
    { value: UNKNOWN, label: speech.word("unknown") },
  ];
}

export function isChosen(answer: Answer | undefined, value: string): boolean {
  if (typeof answer === "object") return value === NOTHING ? answer.length === 0 : answer.includes(value);
  return answer === value;
}

/** The answer after a choice was made or removed; undefined when none is left. */
export function chosen(question: Question, before: Answer | undefined, { value, on }: { value: string; on: boolean }): Answer | undefined {
  const { kind, values, alone } = question;
  if (kind !== "set" || value === UNKNOWN) return on ? value : undefined;
  if (value === NOTHING) return on ? [] : undefined;
  if (on && value === alone) return [value];
  const had = typeof before === "object" ? before : [];
  const now = values.filter((one) => (one === value ? on : had.includes(one) && one !== alone));
  return now.length > 0 ? now : undefined;
}

/** What was typed for a number or a site; undefined if invalid. */
export function typed(question: Question, text: string): Answer | undefined {
  const word = question.kind === "site" ? text.trim().toUpperCase() : text.trim();
  const read = readAnswer(question, word);
  return "answer" in read ? read.answer : undefined;
}

/** The content of the field for typed answers. */
export function typedText({ values }: Question, answer: Answer | undefined): string {
  const isTyped = typeof answer === "number" || (typeof answer === "string" && answer !== UNKNOWN && !values.includes(answer));
  return isTyped ? String(answer) : "";
}
