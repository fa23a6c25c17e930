import type { Answer } from "./case.ts";
import type { Automation, Contradiction, Knowledge, Phase } from "./knowledge.ts";
import type { Plan } from "./plan/plan.ts";
import type { Speech } from "./texts.ts";
import type { Truth } from "./truth.ts";

/** A plan as JSON, in one language. Tasks are in the order of work. */
export interface ExpertDocument {
  listVersion: string;
  answers: Record<string, Answer>;
  /** The facts that follow; "unknown" if one depends on an unknown answer. */
  derived: Record<string, boolean | "unknown">;
  tasks: DocumentTask[];
  losses: { what: string; regainedBy: string }[];
  contradictions: DocumentContradiction[];
}

export interface DocumentTask {
  id: string;
  phase: Phase;
  title: string;
  /** Why it is done, and what is lost if it is skipped. */
  why: string;
  needs: string[];
  automation: Automation;
  command?: string;
  sources: string[];
}

export interface DocumentContradiction {
  code: string;
  /** The two answers that exclude each other. */
  answers: Record<string, Answer | null>;
  message: string;
}

const DERIVED: Record<Truth, boolean | "unknown"> = { yes: true, no: false, maybe: "unknown" };

export function documentOf({ version }: Knowledge, plan: Plan, speech: Speech): ExpertDocument {
  return {
    listVersion: version,
    answers: Object.fromEntries(plan.answers),
    derived: Object.fromEntries([...plan.derived].map(([name, truth]) => [name, DERIVED[truth]])),
    tasks: plan.tasks.map(({ task, needs }) => ({
      id: task.id,
      phase: task.phase,
      title: speech.text(`tasks.${task.id}.title`),
      why: `${speech.text(`tasks.${task.id}.why`)} ${speech.word("lost")}: ${speech.text(`tasks.${task.id}.lost`)}`,
      needs: [...needs],
      automation: task.automation,
      ...(task.command === undefined ? {} : { command: task.command }),
      sources: [...task.sources],
    })),
    losses: plan.losses.map(({ loss, worse }) => lossText(loss.id, worse, speech)),
    contradictions: plan.contradictions.map((contradiction) => contradictionOf(contradiction, plan, speech)),
  };
}

/** What is lost, and how it is regained. */
export function lossText(id: string, worse: boolean, speech: Speech): { what: string; regainedBy: string } {
  const extent = speech.text(`losses.${id}.${worse ? "without" : "with"}`);
  return { what: `${speech.text(`losses.${id}.what`)}: ${extent}`, regainedBy: speech.text(`losses.${id}.regainedBy`) };
}

function contradictionOf({ code, questions }: Contradiction, { answers }: Plan, speech: Speech): DocumentContradiction {
  return {
    code,
    answers: Object.fromEntries(questions.map((question) => [question, answers.get(question) ?? null])),
    message: speech.text(`contradictions.${code}`),
  };
}
