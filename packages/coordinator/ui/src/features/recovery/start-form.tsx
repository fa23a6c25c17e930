import { useSignal } from "@preact/signals";
import { go } from "../../api/location.ts";
import { startRecovery } from "../../api/recoveries.ts";
import { overview, refreshSoon } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { plural } from "../../lib/format.ts";
import { writtenAnswers } from "../../lib/expert/interview.ts";
import { linesOf } from "../../lib/recovery-words.ts";
import { links } from "../../lib/route.ts";
import { interview } from "../expert/state.ts";
import { AreaField, TextField } from "./fields.tsx";

/** Opens a recovery with the answers of the page Expert. */
export function StartForm() {
  const site = useSignal("");
  const lead = useSignal("");
  const recorder = useSignal("");
  const abortWhen = useSignal("");
  const { answers, complete, plan } = interview.value;
  const sites = overview.value?.sites ?? [];

  async function start(): Promise<void> {
    const { id } = await startRecovery({
      site: site.value,
      answers: writtenAnswers(answers),
      abortWhen: linesOf(abortWhen.value),
      ...(lead.value.trim() === "" ? {} : { lead: lead.value.trim() }),
      ...(recorder.value.trim() === "" ? {} : { recorder: recorder.value.trim() }),
    });
    refreshSoon();
    go(links.recovery(id));
  }

  return (
    <form class="card recovery-form" onSubmit={(event) => event.preventDefault()}>
      <p>
        {complete ? (
          <>
            The page <a href={links.expert}>Expert</a> has all answers: {plural(plan.tasks.length, "task")}.
          </>
        ) : (
          <>
            Answer the questions of the page <a href={links.expert}>Expert</a> first: they make the list of tasks.
          </>
        )}
      </p>
      <label class="field">
        Site
        <select value={site.value} onChange={({ currentTarget }) => (site.value = currentTarget.value)}>
          <option value="">Choose one</option>
          {sites.map(({ code, name }) => (
            <option key={code} value={code}>
              {code} {name}
            </option>
          ))}
        </select>
      </label>
      <div class="recovery-fields">
        <TextField label="Who leads it (you, unless told)" text={lead} />
        <TextField label="Who records it (you, unless told)" text={recorder} />
      </div>
      <AreaField label="When it is to be given up, a line for each; fixed from then on" text={abortWhen} />
      <div class="actions">
        <Action label="Open the recovery" kind="primary" disabled={!complete || site.value === ""} act={start} />
      </div>
    </form>
  );
}
