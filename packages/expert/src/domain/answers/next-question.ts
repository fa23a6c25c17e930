import { caseOf, contradictionsIn, type Answers } from "../case.ts";
import type { Contradiction, Knowledge, Question } from "../knowledge.ts";

/** The next question after these answers, or a contradiction between two of them; undefined when all is answered. */
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

/** The relevant answers: a changed answer may make others irrelevant. */
export function stillAsked(knowledge: Knowledge, answers: Answers): Answers {
  const inCase = caseOf(knowledge, answers);
  return new Map([...answers].filter(([id]) => inCase.asked(id) !== "no"));
}
