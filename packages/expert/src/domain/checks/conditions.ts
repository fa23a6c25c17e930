import { checkExpression, type Vocabulary } from "../expression/check.ts";
import { leavesOf, type Condition, type Expression } from "../expression/syntax.ts";
import type { Knowledge } from "../knowledge.ts";
import type { Fault } from "../read/tree.ts";

/** Every condition fits what it names, and none depends on itself: facts use earlier facts, relevance depends on earlier answers. */
export function checkConditions(knowledge: Knowledge): Fault[] {
  const { questions, facts, contradictions, tasks, losses } = knowledge;
  const names = facts.map(({ name }) => name);
  const vocabulary: Vocabulary = { questions: new Map(questions.map((question) => [question.id, question])), facts: new Set(names) };
  const check = (condition: Condition, words = vocabulary): Fault[] =>
    checkExpression(condition.expression, words).map(({ column, message }) => ({
      file: condition.file,
      line: condition.line,
      message: `column ${column} of "${condition.text}": ${message}`,
    }));
  const faults = [
    ...facts.flatMap(({ when }, index) => check(when, { ...vocabulary, facts: new Set(names.slice(0, index)) })),
    ...questions.flatMap(({ asked }) => check(asked)),
    ...[...contradictions, ...tasks].flatMap(({ when }) => check(when)),
    ...losses.flatMap(({ when, worse }) => [...check(when), ...check(worse)]),
    ...contradictions.flatMap(({ questions: named, when, at }) =>
      named
        .filter((id) => !questionsOf(when.expression, knowledge).has(id))
        .map((id) => ({ ...at, message: `the condition does not ask "${id}": name the two questions whose answers exclude each other` })),
    ),
  ];
  return faults.length > 0 ? faults : laterQuestions(knowledge);
}

function laterQuestions(knowledge: Knowledge): Fault[] {
  const order = knowledge.questions.map(({ id }) => id);
  return knowledge.questions.flatMap(({ id, asked }) =>
    [...questionsOf(asked.expression, knowledge)]
      .filter((other) => order.indexOf(other) >= order.indexOf(id))
      .map((other) => ({
        file: asked.file,
        line: asked.line,
        message: `whether "${id}" is asked depends on "${other}", which is not asked before it: change the order in list.yaml`,
      })),
  );
}

/** The questions that a condition names, directly or through facts. */
function questionsOf(expression: Expression, { facts }: Pick<Knowledge, "facts">): Set<string> {
  const found = new Set<string>();
  for (const leaf of leavesOf(expression)) {
    if (leaf.kind !== "fact") found.add(leaf.question);
    // Facts use only earlier facts, so this terminates.
    const fact = leaf.kind === "fact" ? facts.find(({ name }) => name === leaf.name) : undefined;
    for (const question of fact ? questionsOf(fact.when.expression, { facts: facts.slice(0, facts.indexOf(fact)) }) : [])
      found.add(question);
  }
  return found;
}
