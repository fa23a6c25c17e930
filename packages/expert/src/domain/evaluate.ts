import type { Atom, Expression } from "./expression/syntax.ts";
import type { Knowledge } from "./knowledge.ts";
import { all, any, both, negated, type Truth } from "./truth.ts";

/** What holds under some answers. */
export interface Case {
  truth(expression: Expression): Truth;
  fact(name: string): Truth;
  asked(question: string): Truth;
}

/** Whether each value of a question is part of the answer: surely, maybe or not at all. */
export type Possible = Map<string, Map<string, Truth>>;

/** The conditions of a knowledge by the names of questions and facts. */
interface Index {
  questions: ReadonlyMap<string, Expression>;
  facts: ReadonlyMap<string, Expression>;
  /** The questions whose answers decide whether a condition is true. */
  reads(condition: Expression): ReadonlySet<string>;
}

const INDEXES = new WeakMap<Knowledge, Index>();

export function indexOf(knowledge: Knowledge): Index {
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

/**
 * What holds, given what is possible of each answer.
 * @param unhindered Answers count whether their questions are relevant or not.
 */
export function evaluate(knowledge: Knowledge, possible: Possible, unhindered: boolean): Case {
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
