import { useSignal } from "@preact/signals";
import { CLOSED_TASK_STATES } from "@sitewright/protocol";
import type { Recovery, RecoveryTask } from "@sitewright/protocol/api";
import { Pill } from "../../components/pill.tsx";
import { formatMoment } from "../../lib/format.ts";
import { TASK_LOOKS } from "../../lib/recovery-words.ts";
import { links } from "../../lib/route.ts";
import { OfferForm } from "./offer-form.tsx";
import { RecordForm } from "./record-form.tsx";

interface TaskRowProps {
  recovery: Recovery;
  task: RecoveryTask;
  /** Absent: nothing can be recorded of it. */
  onChange?: (changed: Recovery) => void;
}

/** A task in a line; what it needs, what was recorded and what can be recorded open below it. */
export function TaskRow({ recovery, task, onChange }: TaskRowProps) {
  const { id, title, state, needs, command, records, offer } = task;
  const canWork = recovery.state === "open" && onChange;
  const isOpen = useSignal(false);
  return (
    <li>
      <details class="recovery-task" onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
        <summary>
          <code>{id}</code>
          <span class="recovery-title">{title}</span>
          {canWork && offer && !CLOSED_TASK_STATES.has(state) && <span class="muted">Sitewright can run it</span>}
          <Pill look={TASK_LOOKS[state]} />
        </summary>
        {isOpen.value && (
          <div class="recovery-more">
            {needs.length > 0 && <p class="muted">Needs {needs.join(", ")} first.</p>}
            {command !== undefined && <code class="recovery-command">{command}</code>}
            {canWork && offer && <OfferForm recovery={recovery} task={task} offer={offer} onChange={onChange} />}
            <Records records={records} />
            {canWork && <RecordForm recovery={recovery} task={task} onChange={onChange} />}
          </div>
        )}
      </details>
    </li>
  );
}

function Records({ records }: Pick<RecoveryTask, "records">) {
  if (records.length === 0) return null;
  return (
    <ul class="recovery-records">
      {records.map(({ state, at, by, reason, evidence, undo, doneBy, doneAt, plannedMinutes, run }) => (
        <li key={at}>
          <span class="muted">{formatMoment(at)}</span> {by}: <strong>{TASK_LOOKS[state].word}</strong>
          {run !== undefined && (
            <>
              , <a href={links.run(run)}>run {run}</a>
            </>
          )}
          {plannedMinutes !== undefined && `, ${plannedMinutes} min planned`}
          {doneBy !== undefined && `, by ${doneBy}`}
          {doneAt !== undefined && `, on paper ${formatMoment(doneAt)}`}
          {[reason, evidence, undo === undefined ? undefined : `taken back by ${undo}`].filter(Boolean).map((text) => (
            <span key={text} class="note">
              {text}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}
