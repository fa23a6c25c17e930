import { caseOf, contradictionsIn, type Answers } from "../case.ts";
import type { Contradiction, Knowledge, Question } from "../knowledge.ts";

/** What to ask after these answers: a question, or that two of the answers contradict each other; undefined when all is answered. */
export function nextQuestion(
  knowledge: Knowledge,
  answers: Answers,
): { question: Question } | { contradiction: Contradiction } | undefined {
  const [contradiction] = contradictionsIn(knowledge, answers);
  if (contradiction) return { contradiction };
  const inCase = caseOf(knowledge, answers);
  const question = knowledge.questions.find(({ id }) => !answers.has(id) && inCase.asked(id) !== "no");
  return question && { question };
}

/** The answers that are still asked for: an answer that was changed may make others pointless. */
export function stillAsked(knowledge: Knowledge, answers: Answers): Answers {
  const inCase = caseOf(knowledge, answers);
  return new Map([...answers].filter(([id]) => inCase.asked(id) !== "no"));
}
