import { viewOf, type Speech, type View } from "@sitewright/expert";
import { Section } from "../../components/page-parts.tsx";
import { interview, knowledge, speech, words } from "./state.ts";
import { TaskCard } from "./task-card.tsx";

/** What to do, in the order of work, and what is lost, as far as the answers determine it. */
export function TaskList() {
  const { answers, complete, contradictions, plan } = interview.value;
  const spoken = speech(plan.answers);
  const word = words.value;
  const view = viewOf(knowledge, plan, spoken);
  const isRefused = contradictions.length > 0;
  const isEmpty = answers.size === 0 || isRefused;
  return (
    <div id="expert-tasks" tabIndex={-1}>
      <Section
        title={spoken.word("title")}
        aside={
          <span class="muted" role="status">
            {isEmpty ? "" : `${plan.tasks.length} ${spoken.word("tasks")} · `}
            {view.list}
          </span>
        }
      >
        {isRefused && <p class="card">{word.refused}</p>}
        {answers.size === 0 && <p class="card">{word.begin}</p>}
        {!isEmpty && !complete && <p class="muted preliminary">{word.preliminary}</p>}
        {!isEmpty && (
          <>
            <AnswersOnPaper spoken={spoken} />
            <Losses losses={view.losses} spoken={spoken} />
            {view.phases.map(({ phase, title, about, tasks }) => (
              <section key={phase} class="phase" aria-label={title}>
                <h3>
                  {title} <span class="muted">{tasks.length}</span>
                </h3>
                <p class="muted">{about}</p>
                <ol class="tasks">
                  {tasks.map((task) => (
                    <li key={task.id}>
                      <TaskCard task={task} spoken={spoken} />
                    </li>
                  ))}
                </ol>
              </section>
            ))}
          </>
        )}
      </Section>
    </div>
  );
}

/** In print the answers replace the questions. */
function AnswersOnPaper({ spoken }: { spoken: Speech }) {
  return (
    <dl class="only-print answers-on-paper">
      {[...interview.value.answers].map(([id, given]) => (
        <div key={id}>
          <dt>{spoken.text(`questions.${id}.ask`)}</dt>
          <dd>{spoken.answer(id, given)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Losses({ losses, spoken }: Pick<View, "losses"> & { spoken: Speech }) {
  if (losses.length === 0) return null;
  return (
    <section class="card losses" aria-label={spoken.word("losses")}>
      <h3>{spoken.word("losses")}</h3>
      <ul>
        {losses.map(({ what, regainedBy }) => (
          <li key={what}>
            {what}
            <span class="note">
              {spoken.word("regainedBy")}: {regainedBy}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
