import type { Answer, Question } from "@sitewright/expert";
import { Section } from "../../components/page-parts.tsx";
import { choicesOf, chosen, isChosen } from "../../lib/expert/choices.ts";
import type { Interview } from "../../lib/expert/interview.ts";
import { speech, words } from "./state.ts";
import { TypedAnswer } from "./typed-answer.tsx";

export interface QuestionsProps {
  interview: Interview;
  onAnswer: (question: string, now: Answer | undefined) => void;
  /** There is a list of tasks on the page to go to. */
  hasTasks?: boolean;
}

/** The relevant questions so far; the open one is last, or where an answer was removed. */
export function Questions({ interview, onAnswer, hasTasks = false }: QuestionsProps) {
  const { answers, questions, complete } = interview;
  const word = words.value;
  const count = `${answers.size} ${complete ? `(${word.allAnswered})` : word.answered}`;
  const aside = (
    <span class="actions">
      <span class="muted" role="status">
        {count}
      </span>
      {hasTasks && (
        <button type="button" class="button button-small" onClick={showTasks}>
          {word.toTasks}
        </button>
      )}
    </span>
  );
  return (
    <div class="no-print">
      <Section title={word.questions} aside={aside}>
        <ol class="questions">
          {questions.map((question) => (
            <li key={question.id}>
              <QuestionCard question={question} interview={interview} onAnswer={(now) => onAnswer(question.id, now)} />
            </li>
          ))}
        </ol>
      </Section>
    </div>
  );
}

/** The hash names the page, so a link cannot lead there. */
function showTasks(): void {
  const tasks = document.querySelector<HTMLElement>("#expert-tasks");
  tasks?.scrollIntoView({ block: "start" });
  tasks?.focus({ preventScroll: true });
}

interface QuestionCardProps {
  question: Question;
  interview: Interview;
  onAnswer: (now: Answer | undefined) => void;
}

function QuestionCard({ question, interview: { answers, contradictions }, onAnswer }: QuestionCardProps) {
  const { id, kind } = question;
  const given = answers.get(id);
  const spoken = speech(answers);
  const excluded = contradictions.filter(({ questions }) => questions.includes(id));
  const state = excluded.length > 0 ? "question-refused" : given === undefined ? "question-open" : "";
  return (
    <fieldset class={`card question ${state}`} aria-describedby={`why-${id}`}>
      <legend>{spoken.text(`questions.${id}.ask`)}</legend>
      <p id={`why-${id}`} class="muted question-why">
        {spoken.text(`questions.${id}.why`)}
      </p>
      {excluded.map(({ code, questions }) => (
        <p key={code} class="fault" role="alert">
          {spoken.word("excludes")}: {spoken.text(`contradictions.${code}`)}.{" "}
          <span>
            {questions
              .filter((other) => other !== id)
              .map((other) => `${spoken.text(`questions.${other}.ask`)} ${spoken.answer(other, answers.get(other))}`)
              .join(" ")}
          </span>
        </p>
      ))}
      <div class="choices">
        {(kind === "number" || kind === "site") && <TypedAnswer question={question} answers={answers} onAnswer={onAnswer} />}
        {choicesOf(question, spoken).map(({ value, label }) => (
          <label key={value} class="check">
            <input
              type={kind === "set" ? "checkbox" : "radio"}
              name={`answer-${id}`}
              value={value}
              checked={isChosen(given, value)}
              onChange={({ currentTarget }) => onAnswer(chosen(question, given, { value, on: currentTarget.checked }))}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
