import { loadKnowledge } from "../src/adapters/load.ts";
import { nextQuestion, stillAsked } from "../src/domain/answers/next-question.ts";
import { readAnswer } from "../src/domain/answers/read-answers.ts";
import type { Answer, Answers } from "../src/domain/case.ts";
import { planRecovery, type Plan } from "../src/domain/plan/plan.ts";
import { LOST_PRIMARY } from "./answers.ts";

export const knowledge = loadKnowledge();

export const NO_BACKUP = { backup: "none", clientsFromBefore: "yes" } as const;
export const LOST_SECONDARY = { siteType: "secondary" } as const;

/**
 * The plan for a lost primary site server with a good backup, with these answers changed. What these make pointless does not count;
 * throws where an answer is wrong or missing.
 */
export function planWith(changes: Readonly<Record<string, string | readonly string[]>> = {}): Plan {
  const given = new Map(Object.entries({ ...LOST_PRIMARY, ...changes }).map(([id, value]) => [id, answerTo(id, value)]));
  const answers = stillAsked(knowledge, given as Answers);
  const open = nextQuestion(knowledge, answers);
  if (open) throw new Error(`not answered, or excluded: ${JSON.stringify(open).slice(0, 200)}`);
  return planRecovery(knowledge, answers);
}

function answerTo(id: string, value: string | readonly string[]): Answer {
  const question = knowledge.questions.find((one) => one.id === id);
  const read = question ? readAnswer(question, value) : undefined;
  if (read && "answer" in read) return read.answer;
  throw new Error(`${id}: ${String(value)} is no answer`);
}

export const idsOf = ({ tasks }: Plan): string[] => tasks.map(({ task }) => task.id);

/** Phases that have a task. */
export const phasesOf = ({ tasks }: Plan): string[] => [...new Set(tasks.map(({ task }) => task.phase))];
