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

/** What follows from the answers that were given so far. */
export interface Interview {
  /** Those that count, in the order of the questions. */
  answers: Answers;
  /** What is answered, and what is asked next. */
  questions: readonly Question[];
  contradictions: readonly Contradiction[];
  /** All that is asked is answered, and nothing excludes anything. */
  complete: boolean;
  /** What is not answered yet counts as unknown in it. */
  plan: Plan;
}

/** Answers that others have made pointless do not count, but are kept: when they are asked for again, they are there. */
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

/** As `sitewright expert --answers` takes them. */
export function answersFile(answers: Answers): string {
  return `${JSON.stringify(Object.fromEntries(answers), null, 2)}\n`;
}

/** Answers from a file, or all that is wrong with them. One that is missing is no fault here: it is asked. */
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

/** Answers that were kept by this page: of another version's, only those that are answers still. */
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
