import {
  answerInOrder,
  nextQuestion,
  planRecovery,
  readAnswer,
  readAnswers,
  stillAsked,
  UNKNOWN,
  type Answers,
  type Contradiction,
  type Knowledge,
  type Plan,
  type Question,
  type RawAnswer,
  type Speech,
} from "@sitewright/expert";

/** The results of the answers so far. */
export interface Interview {
  /** Those that count, in the order of the questions. */
  answers: Answers;
  /** The answered questions, and the next one. */
  questions: readonly Question[];
  contradictions: readonly Contradiction[];
  /** All relevant questions are answered, and no answers exclude each other. */
  complete: boolean;
  /** Unanswered questions count as unknown in it. */
  plan: Plan;
}

/** Answers that others have made irrelevant do not count, but are kept for when their questions are asked again. */
export function interviewOf(knowledge: Knowledge, given: Answers): Interview {
  const answers = inOrder(knowledge, stillAsked(knowledge, given));
  const next = nextQuestion(knowledge, answers);
  const open = next && "question" in next ? next.question : undefined;
  const refused = planRecovery(knowledge, answers);
  const isRefused = refused.contradictions.length > 0;
  return {
    answers,
    questions: knowledge.questions.filter((question) => answers.has(question.id) || question === open),
    contradictions: refused.contradictions,
    complete: next === undefined,
    plan: isRefused
      ? refused
      : planRecovery(
          knowledge,
          answerInOrder(knowledge, ({ id }) => answers.get(id) ?? UNKNOWN),
        ),
  };
}

function inOrder({ questions }: Knowledge, answers: Answers): Answers {
  return new Map(questions.flatMap(({ id }) => [...answers].filter(([question]) => question === id)));
}

/** In the format of `sitewright expert --answers`. */
export function answersFile(answers: Answers): string {
  return `${JSON.stringify(Object.fromEntries(answers), null, 2)}\n`;
}

/** As a request has them. */
export function writtenAnswers(answers: Answers): Record<string, string | string[]> {
  return Object.fromEntries(
    [...answers].map(([question, answer]) => [question, typeof answer === "object" ? [...answer] : String(answer)]),
  );
}

/** Answers from a file, or all of its faults. A missing one is not a fault: its question is asked. */
export function takeAnswers(
  knowledge: Knowledge,
  raw: readonly RawAnswer[],
  { name, speech }: { name: string; speech: Speech },
): { answers: Answers } | { faults: string[] } {
  const { answers, faults, contradictions } = readAnswers(knowledge, raw);
  const wrong = [
    ...faults.filter(({ line }) => line > 0).map(({ line, message }) => `${name}:${line}: ${message}`),
    ...contradictions.map(
      ({ code, questions }) => `${name}: ${speech.word("excludes")}: ${questions.join(", ")}: ${speech.text(`contradictions.${code}`)}`,
    ),
  ];
  return wrong.length > 0 ? { faults: wrong } : { answers };
}

/** Answers that this page stored: those of another version only if they are still valid. */
export function restoredAnswers({ questions }: Knowledge, text: string | null): Answers {
  const kept = new Map(Object.entries(parsed(text) ?? {}));
  return new Map(
    questions.flatMap((question) => {
      const value: unknown = kept.get(question.id);
      const read = readAnswer(question, Array.isArray(value) ? value.map(String) : String(value));
      return "answer" in read ? [[question.id, read.answer] as const] : [];
    }),
  );
}

function parsed(text: string | null): object | undefined {
  try {
    return JSON.parse(text ?? "{}") as object;
  } catch {
    return undefined;
  }
}
