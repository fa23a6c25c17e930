import { useSignal } from "@preact/signals";
import type { Answer, Answers, Question } from "@sitewright/expert";
import { typed, typedText } from "../../lib/expert/choices.ts";
import { speech, words } from "./state.ts";

interface TypedAnswerProps {
  question: Question;
  answers: Answers;
  onAnswer: (now: Answer | undefined) => void;
}

/** A number of days or the code of a site. Invalid text stays in the field, and the question open. */
export function TypedAnswer({ question, answers, onAnswer }: TypedAnswerProps) {
  const { id, kind } = question;
  const given = answers.get(id);
  const draft = useSignal("");
  const isWrong = given === undefined && draft.value.trim() !== "";
  const change = (text: string): void => {
    draft.value = text;
    onAnswer(typed(question, text));
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
      {isWrong && <p class="fault">{speech(answers).word("notUnderstood")}</p>}
    </div>
  );
}
