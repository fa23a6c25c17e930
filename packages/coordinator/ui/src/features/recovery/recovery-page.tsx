import { CLOSED_TASK_STATES } from "@sitewright/protocol";
import type { Recovery } from "@sitewright/protocol/api";
import { useAsked } from "../../api/asked.ts";
import { recoveryTurn, showRecovery } from "../../api/recoveries.ts";
import { Fault, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { formatMoment } from "../../lib/format.ts";
import { lookOfRecovery } from "../../lib/recovery-words.ts";
import { links } from "../../lib/route.ts";
import { Answers } from "./answers.tsx";
import { EndForm } from "./end-form.tsx";
import { TaskRow } from "./task-row.tsx";

/** One recovery: its tasks phase by phase, what is recorded of each, and how it ends. */
export function RecoveryPage({ id }: { id: string }) {
  const asked = useAsked(() => showRecovery(id), [id, recoveryTurn.value]);
  const { answer: recovery, fault } = asked.value;
  const onChange = (changed: Recovery): void => void (asked.value = { answer: changed, fault: undefined });
  return (
    <>
      <div class="page-head">
        <h1>Recovery{recovery && ` of ${recovery.site}`}</h1>
        {recovery && <Pill look={lookOfRecovery(recovery.state, recovery.end?.outcome)} />}
        <a class="button button-quiet" href={links.report(id)}>
          Report
        </a>
      </div>
      <Fault message={fault} />
      {!recovery && !fault && <Skeleton lines={8} label="Loading the recovery" />}
      {recovery && <Facts recovery={recovery} />}
      {recovery && <Answers recovery={recovery} onChange={onChange} />}
      {recovery && <Phases recovery={recovery} onChange={onChange} />}
      {recovery?.state === "open" && <EndForm recovery={recovery} onChange={onChange} />}
    </>
  );
}

function Facts({ recovery }: { recovery: Recovery }) {
  const { lead, operator, recorder, onePerson, openedAt, abortWhen, listVersion, end } = recovery;
  return (
    <div class="card recovery-facts">
      <p>
        Opened {formatMoment(openedAt)} by {operator}; led by {lead}, recorded by {recorder}
        {onePerson && " (one person has all parts)"}. List {listVersion}.
      </p>
      {end && (
        <p>
          Ended {formatMoment(end.at)} by {end.by}
          {end.signedBy !== undefined && `, signed by ${end.signedBy}`}
          {end.reason !== undefined && `: ${end.reason}`}.
        </p>
      )}
      {abortWhen.length > 0 && (
        <>
          <p>To be given up when:</p>
          <ul class="signs">
            {abortWhen.map((criterion) => (
              <li key={criterion}>{criterion}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Phases({ recovery, onChange }: { recovery: Recovery; onChange: (changed: Recovery) => void }) {
  const phases = [...Map.groupBy(recovery.tasks, ({ phase }) => phase)];
  return (
    <>
      {phases.map(([phase, tasks]) => {
        const closed = tasks.filter(({ state }) => CLOSED_TASK_STATES.has(state)).length;
        return (
          <Section key={phase} title={titleOf(phase)} aside={<span class="muted">{`${closed} of ${tasks.length} closed`}</span>}>
            <ol class="card recovery-tasks">
              {tasks.map((task) => (
                <TaskRow key={task.id} recovery={recovery} task={task} onChange={onChange} />
              ))}
            </ol>
          </Section>
        );
      })}
      {recovery.dropped.length > 0 && (
        <Section title="Not asked for any more">
          <ol class="card recovery-tasks">
            {recovery.dropped.map((task) => (
              <TaskRow key={task.id} recovery={recovery} task={task} />
            ))}
          </ol>
        </Section>
      )}
    </>
  );
}

function titleOf(phase: string): string {
  return phase === "" ? "Tasks" : `${phase.charAt(0).toUpperCase()}${phase.slice(1)}`;
}
