import type { Atom, Expression } from "./expression/syntax.ts";
import { UNKNOWN, type Knowledge, type Question } from "./knowledge.ts";
import { all, any, both, negated, type Truth } from "./truth.ts";

/** A word, a number, a set; or "unknown". */
export type Answer = string | number | readonly string[];
/** By question. */
export type Answers = ReadonlyMap<string, Answer>;

/** What holds under some answers. */
export interface Case {
  truth(expression: Expression): Truth;
  fact(name: string): Truth;
  asked(question: string): Truth;
}

/** Whether each value of a question is part of the answer: surely, maybe or not at all. */
type Possible = Map<string, Map<string, Truth>>;

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

interface Index {
  questions: ReadonlyMap<string, Expression>;
  facts: ReadonlyMap<string, Expression>;
  /** The questions whose answers decide whether a condition is true. */
  reads(condition: Expression): ReadonlySet<string>;
}

/** Conditions by the names of questions and facts. */
const INDEXES = new WeakMap<Knowledge, Index>();

function indexOf(knowledge: Knowledge): Index {
  const known = INDEXES.get(knowledge);
  if (known) return known;
  const questions = new Map(knowledge.questions.map(({ id, asked }) => [id, asked.expression]));
  const facts = new Map(knowledge.facts.map(({ name, when }) => [name, when.expression]));
  const index: Index = { questions, facts, reads: readsIn(questions, facts) };
  INDEXES.set(knowledge, index);
  return index;
}

function readsIn(questions: Index["questions"], facts: Index["facts"]): Index["reads"] {
  const known = new Map<Expression, ReadonlySet<string>>();
  function reads(condition: Expression): ReadonlySet<string> {
    const found = known.get(condition) ?? new Set(namesIn(condition));
    known.set(condition, found);
    return found;
  }
  const readsOf = (condition: Expression | undefined): Iterable<string> => (condition ? reads(condition) : []);
  function namesIn(condition: Expression): Iterable<string> {
    switch (condition.kind) {
      case "always":
        return [];
      case "fact":
        return readsOf(facts.get(condition.name));
      case "not":
        return reads(condition.of);
      case "all":
      case "any":
        return condition.of.flatMap((part) => [...reads(part)]);
      case "in":
      case "notIn":
      case "has":
      case "lacks":
      case "empty":
        // Whether it is asked depends on other answers.
        return [condition.question, ...readsOf(questions.get(condition.question))];
    }
  }
  return reads;
}

function evaluate(knowledge: Knowledge, possible: Possible, unhindered: boolean): Case {
  const { questions, facts } = indexOf(knowledge);
  const askedMemo = new Map<string, Truth>();
  const factMemo = new Map<string, Truth>();

  function truth(expression: Expression): Truth {
    switch (expression.kind) {
      case "always":
        return "yes";
      case "fact":
        return fact(expression.name);
      case "not":
        return negated(truth(expression.of));
      case "all":
        return all(expression.of, truth);
      case "any":
        return any(expression.of, truth);
      case "in":
      case "notIn":
      case "has":
      case "lacks":
      case "empty": {
        const values = possible.get(expression.question);
        return values ? both(unhindered ? "yes" : asked(expression.question), atomTruth(expression, values)) : "no";
      }
    }
  }

  function asked(id: string): Truth {
    return remembered(askedMemo, id, questions.get(id));
  }

  function fact(name: string): Truth {
    return remembered(factMemo, name, facts.get(name));
  }

  function remembered(memo: Map<string, Truth>, key: string, condition: Expression | undefined): Truth {
    const known = memo.get(key);
    if (known !== undefined || !condition) return known ?? "no";
    const found = truth(condition);
    memo.set(key, found);
    return found;
  }

  return { truth, asked, fact };
}

function atomTruth(atom: Atom, values: ReadonlyMap<string, Truth>): Truth {
  const valueTruth = (value: string): Truth => values.get(value) ?? "no";
  switch (atom.kind) {
    case "has":
      return valueTruth(atom.value);
    case "lacks":
      return negated(valueTruth(atom.value));
    case "empty":
      return negated(any(values.values(), (truth) => truth));
    case "in":
      return oneOf(atom.values, values);
    case "notIn":
      return negated(oneOf(atom.values, values));
  }
}

/** Whether one of `wanted` is the answer: surely, if no other is possible. */
function oneOf(wanted: readonly string[], values: ReadonlyMap<string, Truth>): Truth {
  let fitting = false;
  let others = false;
  for (const [value, truth] of values) {
    if (truth === "no") continue;
    if (wanted.includes(value)) fitting = true;
    else others = true;
  }
  return !fitting ? "no" : others ? "maybe" : "yes";
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
