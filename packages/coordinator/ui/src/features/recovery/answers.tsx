import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { Recovery } from "@sitewright/protocol/api";
import { loadPart } from "../../api/asked.ts";
import { Action } from "../../components/action.tsx";
import { Section } from "../../components/page-parts.tsx";
import { formatMoment } from "../../lib/format.ts";
import { AnswerList } from "./answer-list.tsx";
import type { AnswersFormProps } from "./answers-form.tsx";

/** The answers that the list follows from, how they were changed, and how to change them. */
export function Answers({ recovery, onChange }: AnswersFormProps) {
  const form = useSignal<{ AnswersForm: ComponentType<AnswersFormProps> } | undefined>(undefined);
  const { answersInWords, changes, state } = recovery;
  const close = (changed: Recovery): void => {
    form.value = undefined;
    onChange(changed);
  };
  const aside = form.value ? (
    <button type="button" class="button button-quiet" onClick={() => (form.value = undefined)}>
      Leave them as they are
    </button>
  ) : (
    // It reads the list of the page Expert, which is larger than all other pages.
    state === "open" && <Action label="Change answers" act={async () => void (form.value = await loadPart(import("./answers-form.tsx")))} />
  );
  return (
    <Section title="Answers" aside={<span class="no-print">{aside}</span>}>
      {form.value ? (
        <form.value.AnswersForm recovery={recovery} onChange={close} />
      ) : (
        <div class="card recovery-facts">
          <AnswerList answers={answersInWords} />
          <Changes changes={changes} />
        </div>
      )}
    </Section>
  );
}

function Changes({ changes }: Pick<Recovery, "changes">) {
  if (changes.length === 0) return null;
  return (
    <ul class="recovery-records">
      {changes.map(({ at, by, inWords, added, dropped }) => (
        <li key={at}>
          <span class="muted">{formatMoment(at)}</span> {by}: {inWords.join(" · ")}
          {added.length > 0 && <span class="note">added: {added.join(", ")}</span>}
          {dropped.length > 0 && <span class="note">not asked for any more: {dropped.join(", ")}</span>}
        </li>
      ))}
    </ul>
  );
}
