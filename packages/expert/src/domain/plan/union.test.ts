import { expect, test } from "vitest";
import { loadKnowledge } from "../../adapters/load.ts";
import { answerInOrder, contradictionsIn, type Answer, type Answers } from "../case.ts";
import { randomAnswers, seeded } from "../checks/sample.ts";
import { UNKNOWN, type Question } from "../knowledge.ts";
import { planRecovery } from "./plan.ts";

const knowledge = loadKnowledge();

/** Every possible answer of a question; a number and a site code decide nothing. */
function choices({ kind, values, alone }: Question): Answer[] {
  if (kind === "number") return [1];
  if (kind === "site") return ["XYZ"];
  if (kind === "one") return [...values];
  const others = values.filter((value) => value !== alone);
  const sets = Array.from({ length: 2 ** others.length }, (_, bits) => others.filter((_value, bit) => (bits >> bit) & 1));
  return alone === undefined ? sets : sets.map((set) => (set.length === 0 ? [alone] : set));
}

const unknownIn = (answers: Answers): Question[] => knowledge.questions.filter(({ id }) => answers.get(id) === UNKNOWN);

/** The union of the tasks of each case that unknown answers leave possible; one by one, so slow and simple. */
function unionOf(answers: Answers, open = unknownIn(answers)): Set<string> {
  const [question, ...rest] = open;
  if (question) return new Set(choices(question).flatMap((choice) => [...unionOf(new Map(answers).set(question.id, choice), rest)]));
  if (contradictionsIn(knowledge, answers).length > 0) return new Set();
  const asked = answerInOrder(knowledge, ({ id }) => answers.get(id) ?? UNKNOWN);
  return new Set(planRecovery(knowledge, asked).tasks.map(({ task }) => task.id));
}

function* casesWith(fewest: number, most: number, seed: number): Generator<Answers> {
  const random = seeded(seed);
  for (;;) {
    const answers = randomAnswers(knowledge, random, 0.1);
    const open = unknownIn(answers);
    const cases = open.reduce((product, question) => product * choices(question).length, 1);
    if (open.length > 0 && cases >= fewest && cases <= most) yield answers;
  }
}

const planned = (answers: Answers): Set<string> => new Set(planRecovery(knowledge, answers).tasks.map(({ task }) => task.id));

test("with some unknown answers the list is exactly the union of the lists of all answers that they could be", () => {
  for (const answers of casesWith(2, 500, 41).take(400))
    expect([...planned(answers)], JSON.stringify([...answers])).toEqual(inOrder(unionOf(answers)));
});

test("with very many unknown answers the list holds at least that union", () => {
  for (const answers of casesWith(501, 3_000, 43).take(30)) {
    const list = planned(answers);
    expect([...unionOf(answers)].filter((id) => !list.has(id))).toEqual([]);
  }
});

function inOrder(ids: ReadonlySet<string>): string[] {
  return knowledge.tasks.map(({ id }) => id).filter((id) => ids.has(id));
}
