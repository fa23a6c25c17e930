import { useSignal } from "@preact/signals";
import { CLOSED_TASK_STATES } from "@sitewright/protocol";
import type { RecordTask, Recovery, RecoveryTask } from "@sitewright/protocol/api";
import { recordTask } from "../../api/recoveries.ts";
import { Action } from "../../components/action.tsx";
import { TASK_VERBS } from "../../lib/recovery-words.ts";
import { AreaField, TextField } from "./fields.tsx";

interface RecordFormProps {
  recovery: Recovery;
  task: RecoveryTask;
  onChange: (changed: Recovery) => void;
}

/** What became of a task: now, or earlier on paper; and how long it should take. */
export function RecordForm({ recovery, task, onChange }: RecordFormProps) {
  const evidence = useSignal("");
  const reason = useSignal("");
  const doneBy = useSignal("");
  const doneAt = useSignal("");
  const planned = useSignal("");
  const minutes = Number(planned.value);
  const isPlan = planned.value.trim() !== "" && Number.isSafeInteger(minutes) && minutes >= 1;

  async function plan(): Promise<void> {
    onChange(await recordTask(recovery.id, task.id, { state: task.state, plannedMinutes: minutes }));
    planned.value = "";
  }

  async function record(state: RecordTask["state"]): Promise<void> {
    const told = Object.entries({ evidence, reason, doneBy }).map(([key, { value }]) => [key, value.trim()] as const);
    const texts = Object.fromEntries(told.filter(([, text]) => text !== ""));
    const numbers = {
      ...(doneAt.value === "" ? {} : { doneAt: new Date(doneAt.value).getTime() }),
      ...(isPlan ? { plannedMinutes: minutes } : {}),
    };
    onChange(await recordTask(recovery.id, task.id, { state, ...texts, ...numbers }));
    evidence.value = reason.value = doneBy.value = doneAt.value = planned.value = "";
  }

  return (
    <form class="recovery-form no-print" onSubmit={(event) => event.preventDefault()}>
      <AreaField label="Evidence: a log, a form, a run" text={evidence} />
      <div class="recovery-fields">
        <TextField label="Reason (to skip it, or why it failed)" text={reason} />
        <TextField label="Done by, if not you" text={doneBy} />
        <TextField label="Done at, if it was done on paper earlier" isTime text={doneAt} />
        <TextField label="Planned minutes" text={planned} />
      </div>
      <div class="actions">
        {TASK_VERBS.filter(({ state }) => state !== task.state).map(({ state, label, wantsReason }) => (
          <Action
            key={state}
            label={label}
            kind={state === "done" && !task.offer ? "primary" : "quiet"}
            disabled={wantsReason && reason.value.trim() === ""}
            act={() => record(state)}
          />
        ))}
        {!CLOSED_TASK_STATES.has(task.state) && task.state !== "failed" && <Action label="Only plan it" disabled={!isPlan} act={plan} />}
      </div>
    </form>
  );
}
