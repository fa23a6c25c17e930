/** A condition as a tree. `always` is the condition that holds in every case. */
export type Expression =
  | { kind: "always" }
  | { kind: "fact"; name: string; column: number }
  | Atom
  | { kind: "not"; of: Expression }
  | { kind: "all" | "any"; of: readonly Expression[] };

/** Asks one answer. False if its question was not asked, whatever it asks. */
export type Atom =
  /** The answer is one of these, or is none of them. */
  | { kind: "in" | "notIn"; question: string; values: readonly string[]; column: number }
  /** A set contains the value, or does not. */
  | { kind: "has" | "lacks"; question: string; value: string; column: number }
  | { kind: "empty"; question: string; column: number };

/** A condition as its author wrote it and where, and its tree. */
export interface Condition {
  text: string;
  file: string;
  line: number;
  expression: Expression;
}

/** What is wrong at a column (from 1) of a condition, and what to write instead. */
export interface ExpressionFault {
  column: number;
  message: string;
}

/** The atoms and the facts that an expression names. */
export function* leavesOf(expression: Expression): Generator<Atom | Extract<Expression, { kind: "fact" }>> {
  switch (expression.kind) {
    case "always":
      return;
    case "not":
      yield* leavesOf(expression.of);
      return;
    case "all":
    case "any":
      for (const part of expression.of) yield* leavesOf(part);
      return;
    case "fact":
    case "in":
    case "notIn":
    case "has":
    case "lacks":
    case "empty":
      yield expression;
  }
}
