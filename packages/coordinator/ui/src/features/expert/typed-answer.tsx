import { useSignal } from "@preact/signals";
import type { Answer, Question } from "@sitewright/expert";
import { typed, typedText } from "../../lib/expert/choices.ts";
import { answer, interview, speech, words } from "./state.ts";

/** A number of days or the code of a site. Invalid text stays in the field, and the question open. */
export function TypedAnswer({ question, given }: { question: Question; given: Answer | undefined }) {
  const { id, kind } = question;
  const draft = useSignal("");
  const isWrong = given === undefined && draft.value.trim() !== "";
  const change = (text: string): void => {
    draft.value = text;
    answer(id, typed(question, text));
  };
  return (
    <div class="typed">
      <label>
        <span>{kind === "number" ? words.value.typeDays : words.value.typeSite}</span>
        <input
          type="text"
          inputMode={kind === "number" ? "decimal" : "text"}
          autocomplete="off"
          size={6}
          aria-invalid={isWrong}
          value={given === undefined ? draft.value : typedText(question, given)}
          onInput={({ currentTarget }) => change(currentTarget.value)}
        />
      </label>
      {isWrong && <p class="fault">{speech(interview.value.answers).word("notUnderstood")}</p>}
    </div>
  );
}
