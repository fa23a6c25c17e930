import type { Answer } from "../case.ts";
import { UNKNOWN, type Question } from "../knowledge.ts";
import { readAnswer } from "./read-answers.ts";

/** An answer as typed at a terminal: words, or the numbers (from 1) of the choices. Undefined if invalid. */
export function spokenAnswer(question: Question, text: string): Answer | undefined {
  const typed = text.trim();
  if (typed === UNKNOWN || typed === "?") return UNKNOWN;
  const words = question.kind === "set" ? typed.split(/[\s,]+/).filter((word) => word !== "") : typed;
  const named = (word: string): string =>
    question.kind !== "number" && /^\d{1,2}$/.test(word) ? (question.values[Number(word) - 1] ?? word) : word;
  const result = readAnswer(question, typeof words === "string" ? named(words) : words.map(named));
  return "answer" in result ? result.answer : undefined;
}
