import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

export function Section({ title, aside, children }: { title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="section" aria-label={title}>
      <div class="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Shown where nothing exists yet, with the next step. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A placeholder for content that is loading, in about its size. */
export function Skeleton({ lines = 3, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class="skeleton-line" />
      ))}
    </div>
  );
}

export function Fault({ message }: { message: string | undefined }) {
  return message ? (
    <p class="fault" role="alert">
      {message}
    </p>
  ) : null;
}

/** What is wrong in a form, each in a line of its own. */
export function Faults({ messages }: { messages: readonly string[] }) {
  return (
    <>
      {messages.map((message) => (
        <Fault key={message} message={message} />
      ))}
    </>
  );
}

/** A field whose text filters a list. */
export function SearchField({ label, text, onInput }: { label: string; text: Signal<string>; onInput?: () => void }) {
  return (
    <label class="filter">
      <span class="unseen">{label}</span>
      <input
        type="search"
        placeholder={label}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          onInput?.();
        }}
      />
    </label>
  );
}

/** A figure with its name. */
export function Figure({
  name,
  value,
  note,
  tone,
}: {
  name: string;
  value: string;
  note?: string | undefined;
  tone?: "reused" | "sent" | "remaining";
}) {
  return (
    <div class="figure">
      <dt>
        {tone && <span class={`swatch swatch-${tone}`} />}
        {name}
      </dt>
      <dd>
        {value}
        {note && <span class="note">{note}</span>}
      </dd>
    </div>
  );
}
