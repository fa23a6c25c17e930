import { computed, effect, signal } from "@preact/signals";
import { speechOf, type Answer, type Answers, type Speech } from "@sitewright/expert";
import { builtInKnowledge } from "@sitewright/expert/knowledge";
import { interviewOf, restoredAnswers } from "../../lib/expert/interview.ts";
import { pageWords } from "../../lib/expert/words.ts";

const ANSWERS = "sitewright-expert-answers";
const LANGUAGE = "sitewright-expert-language";

export const knowledge = builtInKnowledge();
export const languages: readonly string[] = [...knowledge.texts.keys()].toSorted((one) => (one === "en" ? -1 : 1));

/** All answers that were given, including those that others have made irrelevant since. They end with the browser tab. */
export const given = signal<Answers>(restoredAnswers(knowledge, sessionStorage.getItem(ANSWERS)));
export const language = signal(languages.find((name) => name === sessionStorage.getItem(LANGUAGE)) ?? "en");
/** The faults of the answers that were last loaded. */
export const loadFaults = signal<readonly string[]>([]);

export const interview = computed(() => interviewOf(knowledge, given.value));
export const words = computed(() => pageWords(language.value));

effect(() => {
  sessionStorage.setItem(ANSWERS, JSON.stringify(Object.fromEntries(given.value)));
  sessionStorage.setItem(LANGUAGE, language.value);
});

/** The chosen language, with these answers in its texts. */
export function speech(answers: Answers): Speech {
  const found = speechOf(knowledge, language.value, answers);
  if (found) return found;
  throw new Error(`the list has no texts in "${language.value}"`);
}

export function answer(question: string, now: Answer | undefined): void {
  const others = [...given.value].filter(([id]) => id !== question);
  given.value = new Map(now === undefined ? others : [...others, [question, now]]);
  loadFaults.value = [];
}
