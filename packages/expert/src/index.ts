export { answerInOrder, caseOf, contradictionsIn, type Answer, type Answers, type Case } from "./domain/case.ts";
export { spokenAnswer } from "./domain/answers/spoken-answer.ts";
export { nextQuestion, stillAsked } from "./domain/answers/next-question.ts";
export {
  readAnswer,
  readAnswers,
  wantedAnswers,
  type AnswerFault,
  type RawAnswer,
  type ReadAnswers,
} from "./domain/answers/read-answers.ts";
export {
  AUTOMATIONS,
  PHASES,
  UNKNOWN,
  type Automation,
  type Contradiction,
  type Knowledge,
  type Phase,
  type Question,
  type Task,
} from "./domain/knowledge.ts";
export { planOfAll, planRecovery, type Plan, type PlannedTask } from "./domain/plan/plan.ts";
export { replan, type Differences, type Tracked } from "./domain/plan/replan.ts";
export { speechOf, type Speech, type Word } from "./domain/texts.ts";
export type { Truth } from "./domain/truth.ts";
export { documentOf, type ExpertDocument } from "./domain/document.ts";
export { renderHtml } from "./render/html.ts";
export { renderPrint, renderSummary } from "./render/text.ts";
export { viewOf, type View } from "./render/view.ts";
