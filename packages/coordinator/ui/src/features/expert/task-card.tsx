import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Speech, View } from "@sitewright/expert";
import { words } from "./state.ts";

type Task = View["phases"][number]["tasks"][number];

export function TaskCard({ task, spoken }: { task: Task; spoken: Speech }) {
  const { id, title, who, why, how, lost, needs, condition, command, expect } = task;
  return (
    <article class="card task" aria-label={`${id} ${title}`}>
      <div class="task-head">
        <h4>
          <code>{id}</code> {title}
        </h4>
        <span class="muted task-who">{who}</span>
      </div>
      {condition !== undefined && <p class="warn-text">{condition}</p>}
      <p>{why}</p>
      {command !== undefined && <Command text={command} />}
      <dl class="task-more">
        <Row name={spoken.word("how")} text={how} />
        {expect !== undefined && <Row name={spoken.word("expect")} text={expect} />}
        <Row name={spoken.word("lost")} text={lost} />
        {needs.length > 0 && <Row name={spoken.word("needs")} text={needs.join(", ")} />}
      </dl>
      <p class="only-print evidence">
        <span>{spoken.word("name")}</span>
        <span>{spoken.word("time")}</span>
        <span>{spoken.word("result")}</span>
      </p>
    </article>
  );
}

function Row({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

function Command({ text }: { text: string }) {
  const code = useRef<HTMLElement>(null);
  const done = useSignal<"copied" | "selected" | undefined>(undefined);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      done.value = "copied";
    } catch {
      // A page without TLS has no clipboard access.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      done.value = "selected";
    }
  };
  return (
    <div class="command">
      <code ref={code}>{text}</code>
      <button type="button" class="button button-small no-print" aria-label={`${words.value.copy}: ${text}`} onClick={() => void copy()}>
        {words.value.copy}
      </button>
      <span role="status" class="muted no-print">
        {done.value && words.value[done.value]}
      </span>
    </div>
  );
}
