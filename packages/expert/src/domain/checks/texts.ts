import type { Knowledge } from "../knowledge.ts";
import type { Fault } from "../read/tree.ts";
import { PLACEHOLDER, textKeys } from "../texts.ts";

/** Every language has all texts, and no others; placeholders name questions, the same ones in each language. */
export function checkTexts(knowledge: Knowledge): Fault[] {
  const wanted = textKeys(knowledge);
  const questions = new Set(knowledge.questions.map(({ id }) => id));
  const faults: Fault[] = [];
  for (const [language, texts] of knowledge.texts) {
    const fault = (message: string) => void faults.push({ file: `messages/${language}`, line: 1, message });
    for (const key of wanted) if (!texts.has(key)) fault(`the text "${key}" is missing: write it`);
    for (const [key, text] of texts) {
      if (!wanted.has(key)) fault(`nothing shows the text "${key}": leave it out, or correct its name`);
      for (const name of placeholders(text))
        if (!questions.has(name)) fault(`"${key}" has the placeholder {${name}}, which is no question: correct it`);
      for (const [other, others] of knowledge.texts) {
        const there = others.get(key);
        if (there !== undefined && placeholders(text).some((name) => !placeholders(there).includes(name)))
          fault(`"${key}" has a placeholder that it lacks in messages/${other}: add it there, or leave it out here`);
      }
    }
  }
  if (knowledge.texts.size === 0) faults.push({ file: "messages", line: 1, message: "there is no language: add a folder with texts" });
  return faults;
}

function placeholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
}
