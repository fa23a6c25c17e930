import { useSignal } from "@preact/signals";
import type { RecordTask, Recovery, RecoveryTask } from "@sitewright/protocol/api";
import { recordTask } from "../../api/recoveries.ts";
import { Action } from "../../components/action.tsx";
import { Pill } from "../../components/pill.tsx";
import { formatMoment } from "../../lib/format.ts";
import { TASK_LOOKS, TASK_VERBS } from "../../lib/recovery-words.ts";
import { AreaField, TextField } from "./fields.tsx";

interface TaskRowProps {
  recovery: Recovery;
  task: RecoveryTask;
  /** Absent: nothing can be recorded of it. */
  onChange?: (changed: Recovery) => void;
}

/** A task in a line; what it needs, what was recorded and what can be recorded open below it. */
export function TaskRow({ recovery, task, onChange }: TaskRowProps) {
  const { id, title, state, needs, command, records } = task;
  const isOpen = useSignal(false);
  return (
    <li>
      <details class="recovery-task" onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
        <summary>
          <code>{id}</code>
          <span class="recovery-title">{title}</span>
          <Pill look={TASK_LOOKS[state]} />
        </summary>
        {isOpen.value && (
          <div class="recovery-more">
            {needs.length > 0 && <p class="muted">Needs {needs.join(", ")} first.</p>}
            {command !== undefined && <code class="recovery-command">{command}</code>}
            <Records records={records} />
            {recovery.state === "open" && onChange && <RecordForm recovery={recovery} task={task} onChange={onChange} />}
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
      {records.map(({ state, at, by, reason, evidence, undo, doneBy, doneAt }) => (
        <li key={at}>
          <span class="muted">{formatMoment(at)}</span> {by}: <strong>{TASK_LOOKS[state].word}</strong>
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

function RecordForm({ recovery, task, onChange }: Required<TaskRowProps>) {
  const evidence = useSignal("");
  const reason = useSignal("");
  const doneBy = useSignal("");

  async function record(state: RecordTask["state"]): Promise<void> {
    const told = Object.entries({ evidence, reason, doneBy }).map(([key, { value }]) => [key, value.trim()] as const);
    const texts = Object.fromEntries(told.filter(([, text]) => text !== ""));
    onChange(await recordTask(recovery.id, task.id, { state, ...texts }));
    evidence.value = reason.value = doneBy.value = "";
  }

  return (
    <form class="recovery-form no-print" onSubmit={(event) => event.preventDefault()}>
      <AreaField label="Evidence: a log, a form, a run" text={evidence} />
      <div class="recovery-fields">
        <TextField label="Reason (to skip it, or why it failed)" text={reason} />
        <TextField label="Done by, if not you" text={doneBy} />
      </div>
      <div class="actions">
        {TASK_VERBS.filter(({ state }) => state !== task.state).map(({ state, label, wantsReason }) => (
          <Action
            key={state}
            label={label}
            kind={state === "done" ? "primary" : "quiet"}
            disabled={wantsReason && reason.value.trim() === ""}
            act={() => record(state)}
          />
        ))}
      </div>
    </form>
  );
}
