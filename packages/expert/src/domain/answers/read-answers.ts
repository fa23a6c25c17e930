import { closestName, isSiteCode } from "@sitewright/protocol";
import { caseOf, contradictionsIn, type Answer, type Answers } from "../case.ts";
import { UNKNOWN, type Knowledge, type Question } from "../knowledge.ts";

/** An answer as written: a word or a list of words. */
export interface RawAnswer {
  question: string;
  value: string | readonly string[];
  /** Line in its file; 0 without one. */
  line: number;
}

export interface AnswerFault {
  line: number;
  /** What is wrong and what to write instead. */
  message: string;
}

export interface ReadAnswers {
  /** The valid ones, in the order of the questions. */
  answers: Answers;
  faults: readonly AnswerFault[];
  contradictions: Knowledge["contradictions"];
}

const MOST_DAYS = 36_500;

/**
 * Checks answers from a file: every relevant question is answered, no other one is, and nothing has a default. All faults together;
 * contradictions are reported before missing or superfluous answers, because relevance depends on them.
 */
export function readAnswers(knowledge: Knowledge, raw: readonly RawAnswer[]): ReadAnswers {
  const faults: AnswerFault[] = [];
  const read = new Map<string, Answer>();
  const lines = new Map<string, number>();
  for (const { question: id, value, line } of raw) {
    const question = knowledge.questions.find((candidate) => candidate.id === id);
    if (!question) {
      const ids = knowledge.questions.map((candidate) => candidate.id);
      const near = closestName(id, ids);
      faults.push({
        line,
        message: `there is no question "${id}": ${near ? `did you mean "${near}"?` : `questions are ${ids.join(", ")}`}`,
      });
      continue;
    }
    lines.set(id, line);
    const answer = readAnswer(question, value);
    if ("fault" in answer) faults.push({ line, message: answer.fault });
    else read.set(id, answer.answer);
  }
  const answers = new Map(knowledge.questions.flatMap(({ id }) => (read.has(id) ? [[id, read.get(id) ?? UNKNOWN] as const] : [])));
  const contradictions = contradictionsIn(knowledge, answers);
  if (contradictions.length === 0) faults.push(...completenessFaults(knowledge, answers, lines));
  return { answers: settled(knowledge, answers), faults, contradictions };
}

/** One answer, or what to write instead. */
export function readAnswer(question: Question, value: string | readonly string[]): { answer: Answer } | { fault: string } {
  const wanted = wantedAnswers(question);
  const fault = (what: string) => ({ fault: `${question.id}: ${what}: write ${wanted}` });
  const given = typeof value === "string" ? [value] : value;
  const [first] = given;
  if (given.length === 1 && first === UNKNOWN) return { answer: UNKNOWN };
  if (question.kind === "set") return readSet(question, given, fault);
  if (given.length !== 1 || first === undefined || typeof value !== "string") return fault("one answer is wanted, not a list");
  if (question.kind === "number") {
    const days = /^\d+(\.\d+)?$/.test(first) ? Number(first) : Number.NaN;
    return days <= MOST_DAYS ? { answer: days } : fault(`"${first}" is not a number of days`);
  }
  if (question.values.includes(first) || (question.kind === "site" && isSiteCode(first))) return { answer: first };
  return fault(`"${first}" is not an answer`);
}

function readSet(
  question: Question,
  given: readonly string[],
  fault: (what: string) => { fault: string },
): { answer: Answer } | { fault: string } {
  const stranger = given.find((value) => !question.values.includes(value));
  if (stranger === UNKNOWN) return fault(`"${UNKNOWN}" cannot stand with others in a list`);
  if (stranger !== undefined) return fault(`"${stranger}" is not an answer`);
  if (question.alone !== undefined && given.includes(question.alone) && new Set(given).size > 1) {
    return fault(`"${question.alone}" excludes the others`);
  }
  if (question.alone !== undefined && given.length === 0) return fault(`the list is empty ("${question.alone}" says that there are none)`);
  return { answer: question.values.filter((value) => given.includes(value)) };
}

/** `yes, no or unknown`: for messages. */
function wantedAnswers({ kind, values }: Question): string {
  if (kind === "number") return `a number of days or ${UNKNOWN}`;
  const words = values.join(", ");
  if (kind === "site") return `a site code, ${words} or ${UNKNOWN}`;
  return kind === "set" ? `a list of ${words}; or ${UNKNOWN}` : `${words} or ${UNKNOWN}`;
}

function completenessFaults(knowledge: Knowledge, answers: Answers, lines: ReadonlyMap<string, number>): AnswerFault[] {
  const faults: AnswerFault[] = [];
  // A missing or invalid answer counts as unknown here, so that one mistake is one fault and not one for every question that depends on it.
  const supposed = new Map(answers);
  for (const id of lines.keys()) if (!supposed.has(id)) supposed.set(id, UNKNOWN);
  let slips = supposed.size > answers.size;
  for (const question of knowledge.questions) {
    const { id, asked, implied } = question;
    const line = lines.get(id);
    const asking = caseOf(knowledge, supposed).asked(id);
    const isAsked = asking !== "no";
    if (line === undefined && (slips ? asking === "yes" : isAsked)) {
      supposed.set(id, UNKNOWN);
      slips = true;
      faults.push({ line: 0, message: `${id} is not answered: write ${wantedAnswers(question)}` });
    }
    if (!isAsked && line !== undefined && !isImplied(implied, answers.get(id)))
      faults.push({ line, message: `${id} is not asked with these answers, only when ${asked.text}: leave it out` });
  }
  return faults;
}

function isImplied(implied: string | undefined, answer: Answer | undefined): boolean {
  return implied !== undefined && answer !== undefined && String(answer) === implied;
}

/** Without answers to irrelevant questions that state only what holds anyway. */
function settled(knowledge: Knowledge, answers: Answers): Answers {
  const inCase = caseOf(knowledge, answers);
  const implied = new Map(knowledge.questions.map((question) => [question.id, question.implied]));
  return new Map([...answers].filter(([id, answer]) => inCase.asked(id) !== "no" || !isImplied(implied.get(id), answer)));
}
