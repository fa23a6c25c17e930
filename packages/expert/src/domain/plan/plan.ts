import { caseOf, contradictionsIn, type Answers } from "../case.ts";
import type { Case } from "../evaluate.ts";
import type { Expression } from "../expression/syntax.ts";
import type { Knowledge, Loss, Task } from "../knowledge.ts";
import type { Truth } from "../truth.ts";

export interface PlannedTask {
  task: Task;
  /** Of its needs, those that apply. */
  needs: readonly string[];
  /** False if it depends on an unknown answer. */
  certain: boolean;
}

export interface Plan {
  answers: Answers;
  /** By name, in the order of the data. */
  derived: ReadonlyMap<string, Truth>;
  /** In the order of work. */
  tasks: readonly PlannedTask[];
  /** `worse`: there may be nothing to restore from. */
  losses: readonly { loss: Loss; worse: boolean }[];
  /** For answers that contradict each other; then there are no tasks. */
  contradictions: Knowledge["contradictions"];
}

/**
 * The tasks of a recovery under these answers, which have to be complete (`readAnswers`). Unknown answers give the tasks of every possible
 * answer. Contradicting answers give no tasks.
 */
export function planRecovery(knowledge: Knowledge, answers: Answers): Plan {
  const contradictions = contradictionsIn(knowledge, answers);
  if (contradictions.length > 0) return { answers, derived: new Map(), tasks: [], losses: [], contradictions };
  const inCase = caseOf(knowledge, answers);
  const truths = taskTruths(knowledge, inCase);
  const applies = (id: string): boolean => (truths.get(id) ?? "no") !== "no";
  const tasks = knowledge.tasks
    .filter(({ id }) => applies(id))
    .map((task) => ({ task, needs: task.needs.map(({ id }) => id).filter(applies), certain: truths.get(task.id) === "yes" }));
  const stated = tasks.some(({ task }) => task.statesLosses);
  const losses = knowledge.losses.filter(({ when }) => stated && inCase.truth(when.expression) !== "no");
  return {
    answers,
    derived: new Map(knowledge.facts.map(({ name }) => [name, inCase.fact(name)])),
    tasks,
    losses: losses.map((loss) => ({ loss, worse: inCase.truth(loss.worse.expression) !== "no" })),
    contradictions,
  };
}

/** The whole list, for reading and printing, without a case. */
export function planOfAll(knowledge: Knowledge): Plan {
  return {
    answers: new Map(),
    derived: new Map(),
    tasks: knowledge.tasks.map((task) => ({ task, needs: task.needs.map(({ id }) => id), certain: false })),
    losses: knowledge.losses.map((loss) => ({ loss, worse: true })),
    contradictions: [],
  };
}

/** By task. */
function taskTruths(knowledge: Knowledge, inCase: Case): Map<string, Truth> {
  return new Map([...conditionsOf(knowledge)].map(([id, condition]) => [id, inCase.truth(condition)]));
}

const CONDITIONS = new WeakMap<Knowledge, ReadonlyMap<string, Expression>>();

/** By task, what it depends on: a task that ends the list removes all but what it needs. */
function conditionsOf(knowledge: Knowledge): ReadonlyMap<string, Expression> {
  const known = CONDITIONS.get(knowledge);
  if (known) return known;
  const { tasks } = knowledge;
  const ends = tasks
    .filter((task) => task.ends)
    .map(({ id, when }) => ({ spared: withNeeds(tasks, id), not: { kind: "not", of: when.expression } as const }));
  const conditions = new Map(
    tasks.map(({ id, when }): [string, Expression] => {
      const open = ends.filter(({ spared }) => !spared.has(id)).map(({ not }) => not);
      return [id, { kind: "all", of: [when.expression, ...open] }];
    }),
  );
  CONDITIONS.set(knowledge, conditions);
  return conditions;
}

function withNeeds(tasks: readonly Task[], id: string): Set<string> {
  const found = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(tasks.find((task) => task.id === next)?.needs.map((need) => need.id) ?? []));
  }
  return found;
}
