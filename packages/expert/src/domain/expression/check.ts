import { closestName } from "@sitewright/protocol";
import { leavesOf, type Atom, type Expression, type ExpressionFault } from "./syntax.ts";

/** What a condition may name. */
export interface Vocabulary {
  questions: ReadonlyMap<string, { kind: "one" | "set" | "number" | "site"; values: readonly string[] }>;
  facts: ReadonlySet<string>;
}

/** The type check: every name is known, each operator fits its question, each value is a possible answer. */
export function checkExpression(expression: Expression, vocabulary: Vocabulary): ExpressionFault[] {
  return [...leavesOf(expression)].flatMap((leaf) => {
    if (leaf.kind !== "fact") return atomFaults(leaf, vocabulary);
    if (vocabulary.facts.has(leaf.name)) return [];
    const isQuestion = vocabulary.questions.has(leaf.name);
    const message = isQuestion
      ? `"${leaf.name}" is a question: say which answer, as in "${leaf.name} = ..."`
      : `there is no fact "${leaf.name}"${hint(leaf.name, vocabulary.facts)}`;
    return [{ column: leaf.column, message }];
  });
}

function atomFaults(atom: Atom, { questions, facts }: Vocabulary): ExpressionFault[] {
  const { question: name, column } = atom;
  const fault = (message: string): ExpressionFault[] => [{ column, message }];
  const question = questions.get(name);
  if (!question) {
    return fault(
      facts.has(name)
        ? `"${name}" is a fact: write it alone, or "not ${name}"`
        : `there is no question "${name}"${hint(name, questions.keys())}`,
    );
  }
  // A number of days changes how a task is done, never whether it applies: that is why more days down never shorten the list.
  if (question.kind === "number" || question.kind === "site")
    return fault(`"${name}" is a parameter of tasks: no condition can depend on it`);
  const ofSets = atom.kind === "has" || atom.kind === "lacks" || atom.kind === "empty";
  if (ofSets !== (question.kind === "set")) {
    return fault(
      ofSets ? `"${name}" has one answer: write =, != or in [...]` : `the answer to "${name}" is a set: write has, lacks or is empty`,
    );
  }
  const values = atom.kind === "empty" ? [] : "values" in atom ? atom.values : [atom.value];
  return values
    .filter((value) => !question.values.includes(value))
    .map((value) => ({ column, message: `"${value}" is not an answer to "${name}"${hint(value, question.values)}` }));
}

function hint(name: string, known: Iterable<string>): string {
  const names = [...known];
  const near = closestName(name, names);
  return near === undefined ? `: known are ${names.join(", ")}` : `: did you mean "${near}"?`;
}
