import { useRef } from "preact/hooks";
import { loadPart } from "../../api/asked.ts";
import { messageOf } from "../../api/client.ts";
import { Action } from "../../components/action.tsx";
import { answersFile, takeAnswers } from "../../lib/expert/interview.ts";
import { given, interview, knowledge, loadFaults, speech, words } from "./state.ts";

export function Toolbar() {
  const { answers, complete } = interview.value;
  const word = words.value;
  const field = useRef<HTMLInputElement>(null);
  return (
    <div class="actions no-print">
      <button
        type="button"
        class="button button-quiet"
        disabled={!complete}
        title={complete ? undefined : word.saveLater}
        onClick={() => save(answersFile(answers))}
      >
        {word.save}
      </button>
      <button type="button" class="button button-quiet" onClick={() => field.current?.click()}>
        {word.load}
      </button>
      <input
        ref={field}
        type="file"
        class="unseen"
        tabIndex={-1}
        aria-label={word.load}
        accept=".json,.yaml,.yml"
        onChange={({ currentTarget }) => void load(currentTarget)}
      />
      <button type="button" class="button button-quiet" disabled={answers.size === 0} onClick={() => window.print()}>
        {word.print}
      </button>
      <Action
        label={word.again}
        kind="danger"
        disabled={given.value.size === 0}
        question={{ title: word.againAsk, text: word.againText, yes: word.againYes, no: word.againNo }}
        act={async () => {
          given.value = new Map();
          loadFaults.value = [];
        }}
      />
    </div>
  );
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "answers.json";
  link.click();
  URL.revokeObjectURL(url);
}

/** The file is read in the browser; only its parser has to be fetched. */
async function load(field: HTMLInputElement): Promise<void> {
  const [file] = field.files ?? [];
  if (!file) return;
  try {
    const { readAnswersText } = await loadPart(import("@sitewright/expert/answers-text"));
    const read = readAnswersText(await file.text(), file.name);
    const taken =
      "fault" in read ? { faults: [read.fault] } : takeAnswers(knowledge, read.raw, { name: file.name, speech: speech(given.value) });
    loadFaults.value = "faults" in taken ? taken.faults : [];
    if ("answers" in taken) given.value = taken.answers;
  } catch (error) {
    loadFaults.value = [messageOf(error)];
  }
  // The same file can be chosen again after it was corrected.
  field.value = "";
}
