import { useSignal } from "@preact/signals";
import { replan, type Answers, type Tracked } from "@sitewright/expert";
import type { Recovery } from "@sitewright/protocol/api";
import "../../styles/expert.css";
import { answerRecovery } from "../../api/recoveries.ts";
import { Action } from "../../components/action.tsx";
import { interviewOf, restoredAnswers, writtenAnswers } from "../../lib/expert/interview.ts";
import { Questions } from "../expert/questions.tsx";
import { knowledge, speech } from "../expert/state.ts";

export interface AnswersFormProps {
  recovery: Recovery;
  onChange: (changed: Recovery) => void;
}

/** Other answers for a recovery: what they would change in its list is shown before they are recorded. */
export function AnswersForm({ recovery, onChange }: AnswersFormProps) {
  const given = useSignal<Answers>(restoredAnswers(knowledge, JSON.stringify(recovery.answers)));
  const interview = interviewOf(knowledge, given.value);
  const { answers, complete } = interview;
  const changed = changedIn(recovery.answers, answers);
  return (
    <>
      <Questions
        interview={interview}
        onAnswer={(question, now) => {
          const others = [...given.value].filter(([id]) => id !== question);
          given.value = new Map(now === undefined ? others : [...others, [question, now]]);
        }}
      />
      <div class="card recovery-form no-print">
        {changed.length === 0 ? <p>No answer is changed yet.</p> : <p>{changed.join(" · ")}</p>}
        {changed.length > 0 && !complete && <p class="muted">The list is planned again when every question is answered.</p>}
        {changed.length > 0 && complete && <Differences recovery={recovery} plan={interview.plan} />}
        <div class="actions">
          <Action
            label="Plan again"
            kind="primary"
            disabled={changed.length === 0 || !complete}
            act={async () => onChange(await answerRecovery(recovery.id, writtenAnswers(answers)))}
          />
        </div>
      </div>
    </>
  );
}

function changedIn(before: Recovery["answers"], answers: Answers): string[] {
  const questions = [...new Set([...Object.keys(before), ...answers.keys()])];
  const spoken = speech(answers);
  return questions.flatMap((question) => {
    const [from, to] = [spoken.answer(question, before[question]), spoken.answer(question, answers.get(question))];
    return from === to ? [] : [`${spoken.text(`questions.${question}.ask`)} ${from} → ${to}`];
  });
}

function Differences({ recovery: { tasks, dropped }, plan }: { recovery: Recovery; plan: Parameters<typeof replan>[2] }) {
  const recorded = new Map(
    [...dropped, ...tasks].flatMap(({ id, records }) => (records.length > 0 ? [[id, records.length] as const] : [])),
  );
  const found = replan(
    tasks.map(({ id }) => id),
    recorded,
    plan,
  );
  return (
    <>
      <Ids title="Added" tasks={found.added} />
      <Ids title="Not asked for any more" tasks={found.dropped} />
      <p class="muted">What was recorded stays, also of tasks that are not asked for any more.</p>
    </>
  );
}

function Ids({ title, tasks }: { title: string; tasks: readonly Tracked<number>[] }) {
  const spoken = speech(new Map());
  return (
    <div>
      <strong>{title}:</strong> {tasks.length === 0 && "none"}
      <ul class="signs">
        {tasks.map(({ id, evidence }) => (
          <li key={id}>
            <code>{id}</code> {spoken.text(`tasks.${id}.title`)}
            {evidence !== undefined && " (has records)"}
          </li>
        ))}
      </ul>
    </div>
  );
}
