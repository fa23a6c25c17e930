import { lossText } from "../domain/document.ts";
import { PHASES, type Knowledge, type Phase, type Task } from "../domain/knowledge.ts";
import type { Plan, PlannedTask } from "../domain/plan/plan.ts";
import type { Speech } from "../domain/texts.ts";

/** A plan in the words of one language, shared by text and page. */
export interface View {
  /** Without answers: everything in the list, with conditions. */
  all: boolean;
  title: string;
  intro: string;
  /** `List 1.0.0+1f2e3d4c5b6a` */
  list: string;
  answers: { ask: string; answer: string }[];
  /** Names of facts and their meanings; for a plan only those that hold or may hold. */
  facts: { name: string; says: string }[];
  losses: { what: string; regainedBy: string }[];
  phases: { phase: Phase; title: string; about: string; tasks: TaskView[] }[];
  /** The sources behind the named keys. */
  sources: { id: string; title: string }[];
}

export interface TaskView {
  id: string;
  title: string;
  who: string;
  how: string;
  why: string;
  lost: string;
  change: string;
  needs: readonly string[];
  /** If it is uncertain that it applies: why. */
  condition?: string;
  command?: string;
  expect?: string;
  sources: readonly string[];
}

export function viewOf(knowledge: Knowledge, plan: Plan, speech: Speech): View {
  const all = plan.answers.size === 0;
  const named = new Set(plan.tasks.flatMap(({ task }) => task.sources));
  return {
    all,
    title: speech.word(all ? "titleAll" : "title"),
    intro: speech.word(all ? "introAll" : "intro"),
    list: `${speech.word("list")} ${knowledge.version}`,
    answers: [...plan.answers].map(([id, answer]) => ({ ask: speech.text(`questions.${id}.ask`), answer: speech.answer(id, answer) })),
    facts: knowledge.facts
      .filter(({ name }) => all || plan.derived.get(name) !== "no")
      .map(({ name, when }) => {
        const maybe = plan.derived.get(name) === "maybe" ? ` (${speech.word("maybe")})` : "";
        return { name, says: `${speech.text(`facts.${name}`)}${maybe}${all ? `: ${when.text}` : ""}` };
      }),
    losses: plan.losses.map(({ loss, worse }) => lossText(loss.id, worse, speech)),
    phases: PHASES.map((phase) => ({
      phase,
      title: speech.text(`phases.${phase}.title`),
      about: speech.text(`phases.${phase}.about`),
      tasks: plan.tasks.filter(({ task }) => task.phase === phase).map((planned) => taskView(planned, all, speech)),
    })).filter(({ tasks }) => tasks.length > 0),
    sources: knowledge.sources
      .filter(({ id }) => named.has(id))
      .map(({ id, title }) => ({ id, title: id === "I" ? speech.word("inference") : title })),
  };
}

function taskView({ task, needs, certain }: PlannedTask, all: boolean, speech: Speech): TaskView {
  const text = (part: string): string => speech.text(`tasks.${task.id}.${part}`);
  const condition = all ? task.when.text : certain ? undefined : speech.word("may");
  return {
    id: task.id,
    title: text("title"),
    who: whoDoes(task, speech),
    how: text("how"),
    why: text("why"),
    lost: text("lost"),
    change: speech.text(`changes.${task.changes}`),
    needs,
    ...(condition === undefined ? {} : { condition }),
    ...(task.command === undefined ? {} : { command: task.command }),
    ...(task.expect === undefined ? {} : { expect: task.expect }),
    sources: task.sources,
  };
}

/** Who does it in this version. The intended automation is in the JSON document, as letters. */
function whoDoes({ command, helps, automation }: Task, speech: Speech): string {
  if (command === undefined) return speech.word("hand");
  return speech.word(helps || automation === "K" ? "helps" : "does");
}
