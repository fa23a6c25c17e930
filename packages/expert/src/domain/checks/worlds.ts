import { answerInOrder, caseOf, type Answers } from "../case.ts";
import { UNKNOWN, type Knowledge, type Phase, type Task } from "../knowledge.ts";
import { planRecovery } from "../plan/plan.ts";
import type { Fault } from "../read/tree.ts";
import { randomAnswers, seeded, type Random } from "./sample.ts";

/** Number of cases tried before a task counts as never applicable. */
const MOST_TRIED = 20_000;

/** One case with all answers known, and its list. */
interface World {
  answers: Answers;
  tasks: readonly Task[];
  ids: ReadonlySet<string>;
}

/** Rules for every case, tried on random ones (the same for the same seed). One fault for each rule and task. */
export function checkWorlds(knowledge: Knowledge, cases: number, seed: number): Fault[] {
  const random = seeded(seed);
  const faults = new Map<string, Fault>();
  const note = ({ id, at }: Pick<Task, "id" | "at">, message: string, { answers }: World): void => {
    const key = `${id} ${message}`;
    if (!faults.has(key)) faults.set(key, { ...at, message: `${id}: ${message} (as with ${JSON.stringify(Object.fromEntries(answers))})` });
  };
  const unseen = { present: new Set(knowledge.tasks), absent: new Set(knowledge.tasks.filter(({ when }) => when.text !== "always")) };
  const enough = (tried: number): boolean => tried >= cases && unseen.present.size + unseen.absent.size === 0;
  for (let tried = 0; tried < Math.max(cases, MOST_TRIED) && !enough(tried); tried++) {
    const world = worldOf(knowledge, randomAnswers(knowledge, random));
    for (const task of unseen.present) if (world.ids.has(task.id)) unseen.present.delete(task);
    for (const task of unseen.absent) if (!world.ids.has(task.id)) unseen.absent.delete(task);
    if (tried < cases) for (const rule of RULES) rule({ knowledge, world, random, note: (task, message) => note(task, message, world) });
  }
  return [
    ...faults.values(),
    ...[...unseen.present].map(({ id, at }) => ({ ...at, message: `${id}: no case was found in which it applies: correct "when"` })),
    ...[...unseen.absent].map(({ id, at }) => ({ ...at, message: `${id}: it applies in every case: write "when: always"` })),
  ];
}

interface Trial {
  knowledge: Knowledge;
  world: World;
  random: Random;
  note(task: Pick<Task, "id" | "at">, message: string): void;
}

const RULES: readonly ((trial: Trial) => void)[] = [
  firmNeeds,
  exclusions,
  holds,
  sending,
  losses,
  emptyPhases,
  unreachableNeighbours,
  unknowns,
];

function worldOf(knowledge: Knowledge, answers: Answers): World {
  const tasks = planRecovery(knowledge, answers).tasks.map(({ task }) => task);
  return { answers, tasks, ids: new Set(tasks.map(({ id }) => id)) };
}

function firmNeeds({ world: { tasks, ids }, note }: Trial): void {
  for (const task of tasks) {
    for (const { id, firm } of task.needs)
      if (firm && !ids.has(id)) note(task, `it needs ${id}, which does not apply: correct "when", or write the need without "!"`);
  }
}

function exclusions({ world: { tasks, ids }, note }: Trial): void {
  for (const task of tasks)
    for (const id of task.never) if (ids.has(id)) note(task, `it applies together with ${id}: correct one of their conditions`);
}

/** At the end all holds are lifted, in this order. */
function holds({ world: { tasks }, note }: Trial): void {
  const held = new Map<string, Task>();
  for (const task of tasks) {
    for (const hold of task.lifts) held.delete(hold);
    for (const hold of task.holds) held.set(hold, task);
  }
  for (const [hold, task] of held) note(task, `the hold "${hold}" is not lifted: let a later task lift it where this one applies`);
}

/** Nothing is sent while a hold is set that a later task of the list lifts before anything else is sent. */
function sending({ knowledge, world: { tasks }, note }: Trial): void {
  const firstSender = tasks.findIndex(({ sends }) => sends);
  const opener = knowledge.tasks.find(({ lifts }) => lifts.length > 0);
  const opened = tasks.findIndex(({ id }) => id === opener?.id);
  const sender = tasks[firstSender];
  if (sender && opened > firstSender) note(sender, `it sends before ${opener?.id ?? ""} has opened the lines: give it a higher number`);
}

function losses({ knowledge, world: { answers, tasks }, note }: Trial): void {
  if (tasks.some(({ ends, statesLosses }) => ends || statesLosses)) return;
  const inCase = caseOf(knowledge, answers);
  for (const loss of knowledge.losses) {
    if (inCase.truth(loss.when.expression) === "yes") note(loss, "it is lost and no task states it: let one with statesLosses apply");
  }
}

function emptyPhases({ knowledge, world: { answers, tasks }, note }: Trial): void {
  const inCase = caseOf(knowledge, answers);
  for (const { name, without } of knowledge.facts) {
    if (without === undefined || inCase.fact(name) !== "yes") continue;
    for (const task of tasks)
      if (task.phase === without) note(task, `it applies although ${name} leaves out all of ${without}: correct "when"`);
  }
}

const LATE_PHASES: readonly Phase[] = ["repair", "verify"];

/** A neighbour that cannot be asked never shortens the list. */
function unreachableNeighbours({ knowledge, world, note }: Trial): void {
  for (const { id, reachable, unreachable, kind } of knowledge.questions) {
    const answer = world.answers.get(id);
    if (reachable === undefined || unreachable === undefined || answer === undefined) continue;
    if (Array.isArray(answer) ? !answer.includes(reachable) : answer !== reachable) continue;
    const worse = kind === "set" && Array.isArray(answer) ? [...new Set([...answer, unreachable])] : unreachable;
    const { ids } = worldOf(knowledge, new Map(world.answers).set(id, worse));
    for (const task of world.tasks) {
      if (LATE_PHASES.includes(task.phase) && !ids.has(task.id)) note(task, `it falls away when ${id} is ${unreachable}: correct "when"`);
    }
  }
}

/** An unknown answer gives every task of each answer that it covers. */
function unknowns({ knowledge, world, random, note }: Trial): void {
  const asked = [...world.answers.keys()];
  const hidden = asked[Math.floor(random() * asked.length)];
  if (hidden === undefined) return;
  const answers = answerInOrder(knowledge, ({ id }) => (id === hidden ? UNKNOWN : (world.answers.get(id) ?? UNKNOWN)));
  const { ids } = worldOf(knowledge, answers);
  for (const task of world.tasks) if (!ids.has(task.id)) note(task, `it falls away when ${hidden} is unknown: correct "when"`);
}
