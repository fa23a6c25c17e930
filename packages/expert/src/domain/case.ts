import { evaluate, indexOf, type Case, type Possible } from "./evaluate.ts";
import type { Expression } from "./expression/syntax.ts";
import { UNKNOWN, type Knowledge, type Question } from "./knowledge.ts";
import type { Truth } from "./truth.ts";

/** A word, a number, a set; or "unknown". */
export type Answer = string | number | readonly string[];
/** By question. */
export type Answers = ReadonlyMap<string, Answer>;

/** Limit of cases that are evaluated one by one: a plan must be fast, and answers that leave so much open give a long list anyway. */
const MOST_WORLDS = 500;

/**
 * What holds under these answers. An unknown answer may be any that does not contradict the others: a condition that some of them make true
 * is "maybe". With few unknown answers every case is evaluated; with many, each part of a condition is evaluated separately, which may give
 * "maybe" too often but never wrongly "no".
 */
export function caseOf(knowledge: Knowledge, answers: Answers): Case {
  const open = knowledge.questions.filter(
    // No condition depends on a number or on the code of a site.
    ({ id, kind }) => answers.get(id) === UNKNOWN && kind !== "number" && kind !== "site",
  );
  const worlds = worldsOf(knowledge, possibleOf(knowledge, answers), open);
  const [first] = worlds;
  return first ? together(knowledge, [first, ...worlds.slice(1)], open) : evaluate(knowledge, narrowed(knowledge, answers), false);
}

/** What holds if one of several cases, which differ in the answers to the `open` questions, is true and it is not known which. */
function together(knowledge: Knowledge, worlds: readonly [Case, ...Case[]], open: readonly Question[]): Case {
  const [first] = worlds;
  if (worlds.length === 1) return first;
  const { questions, facts, reads } = indexOf(knowledge);
  const weighed = (truthIn: (world: Case) => Truth): Truth => {
    let result: Truth | undefined;
    for (const world of worlds) {
      const truth = truthIn(world);
      if (truth === "maybe" || (result !== undefined && truth !== result)) return "maybe";
      result = truth;
    }
    return result ?? "no";
  };
  /** Most conditions depend on none of the open questions: they are the same in every case. */
  function of(condition: Expression | undefined, truthIn: (world: Case) => Truth): Truth {
    const read = condition && reads(condition);
    return open.some(({ id }) => read?.has(id)) ? weighed(truthIn) : truthIn(first);
  }
  return {
    truth: (expression) => of(expression, (world) => world.truth(expression)),
    fact: (name) => of(facts.get(name), (world) => world.fact(name)),
    asked: (question) => of(questions.get(question), (world) => world.asked(question)),
  };
}

/** Every case that unknown answers leave possible; none if they are too many. */
function worldsOf(knowledge: Knowledge, possible: Possible, open: readonly Question[]): Case[] {
  let worlds = [possible];
  for (const question of open) {
    const choices = choicesOf(question).map((choice) => valuesOf(question, choice));
    if (worlds.length * choices.length > MOST_WORLDS) return [];
    worlds = worlds.flatMap((world) => choices.map((choice) => new Map(world).set(question.id, choice)));
  }
  const left = worlds.length === 1 ? worlds : worlds.filter((world) => contradictionsAmong(knowledge, world).length === 0);
  return left.map((world) => evaluate(knowledge, world, false));
}

function choicesOf({ kind, values, alone }: Question): Answer[] {
  if (kind !== "set") return [...values];
  const free = values.filter((value) => value !== alone);
  const sets = free.reduce<string[][]>((found, value) => [...found, ...found.map((set) => [...set, value])], [[]]);
  return alone === undefined ? sets : sets.map((set) => (set.length === 0 ? [alone] : set));
}

/** Contradictions among the answers, whether their questions are relevant or not. */
export function contradictionsIn(knowledge: Knowledge, answers: Answers): Knowledge["contradictions"] {
  return contradictionsAmong(knowledge, possibleOf(knowledge, answers));
}

function contradictionsAmong(knowledge: Knowledge, possible: Possible): Knowledge["contradictions"] {
  const unhindered = evaluate(knowledge, possible, true);
  return knowledge.contradictions.filter(({ when }) => unhindered.truth(when.expression) === "yes");
}

/** Evaluates every question in order, given the answers before it. Much faster than a case for each question. */
export function answerInOrder(knowledge: Knowledge, answer: (question: Question) => Answer): Answers {
  const answers = new Map<string, Answer>();
  const possible: Possible = new Map();
  // Relevance depends only on earlier questions, so cached results stay valid.
  const growing = evaluate(knowledge, possible, false);
  for (const question of knowledge.questions) {
    if (growing.asked(question.id) === "no") continue;
    const given = answer(question);
    answers.set(question.id, given);
    possible.set(question.id, valuesOf(question, given));
  }
  return answers;
}

function possibleOf({ questions }: Knowledge, answers: Answers): Possible {
  const possible: Possible = new Map();
  for (const question of questions) {
    const answer = answers.get(question.id);
    if (answer !== undefined) possible.set(question.id, valuesOf(question, answer));
  }
  return possible;
}

function valuesOf({ values, kind }: Question, answer: Answer): Map<string, Truth> {
  const truths = new Map<string, Truth>();
  if (answer === UNKNOWN) for (const value of values) truths.set(value, "maybe");
  else if (kind === "set" && Array.isArray(answer)) for (const value of values) truths.set(value, answer.includes(value) ? "yes" : "no");
  else truths.set(String(answer), "yes");
  return truths;
}

/** Removes from unknown answers what the other answers exclude. */
function narrowed(knowledge: Knowledge, answers: Answers): Possible {
  const possible = possibleOf(knowledge, answers);
  if (![...answers.values()].includes(UNKNOWN)) return possible;
  const result = new Map(possible);
  for (const question of knowledge.questions) {
    if (answers.get(question.id) !== UNKNOWN) continue;
    const related = knowledge.contradictions.filter(({ questions }) => questions.includes(question.id));
    const excluded = (value: string): boolean => {
      const chosen = new Map(question.kind === "set" ? (possible.get(question.id) ?? []) : []).set(value, "yes");
      const supposed = evaluate(knowledge, new Map(possible).set(question.id, chosen), true);
      return related.some(({ when }) => supposed.truth(when.expression) === "yes");
    };
    const left = question.values.map((value): [string, Truth] => [value, related.length > 0 && excluded(value) ? "no" : "maybe"]);
    // Answers that leave nothing possible are refused elsewhere.
    if (left.some(([, truth]) => truth !== "no")) result.set(question.id, new Map(left));
  }
  return result;
}
