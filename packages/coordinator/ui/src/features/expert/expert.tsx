import { speechOf } from "@sitewright/expert";
import "../../styles/expert.css";
import "../../styles/expert-print.css";
import { Questions } from "./questions.tsx";
import { answer, interview, knowledge, language, languages, loadFaults, speech, words } from "./state.ts";
import { TaskList } from "./task-list.tsx";
import { Toolbar } from "./toolbar.tsx";

/** What happened, question by question, and below it what to do: all of it computed in the browser. */
export function Expert() {
  const word = words.value;
  return (
    <div lang={language.value} class="expert">
      <div class="page-head">
        <h1>{word.expert}</h1>
        <Languages />
        <Toolbar />
      </div>
      <p class="muted page-note no-print">{word.about}</p>
      {loadFaults.value.length > 0 && (
        <div class="fault load-faults" role="alert">
          <strong>{word.notLoaded}</strong>
          <ul>
            {loadFaults.value.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        </div>
      )}
      <Questions interview={interview.value} onAnswer={answer} hasTasks />
      <TaskList />
    </div>
  );
}

function Languages() {
  return (
    <fieldset class="segments no-print">
      <legend class="unseen">{speech(interview.value.answers).word("choose")}</legend>
      {languages.map((name) => (
        <label key={name}>
          <input type="radio" name="language" value={name} checked={language.value === name} onChange={() => (language.value = name)} />
          <span lang={name}>{speechOf(knowledge, name)?.word("language")}</span>
        </label>
      ))}
    </fieldset>
  );
}
