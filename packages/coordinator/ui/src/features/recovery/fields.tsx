import type { Signal } from "@preact/signals";

export function TextField({ label, text }: { label: string; text: Signal<string> }) {
  return (
    <label class="field">
      {label}
      <input type="text" maxLength={255} value={text.value} onInput={({ currentTarget }) => (text.value = currentTarget.value)} />
    </label>
  );
}

export function AreaField({ label, text }: { label: string; text: Signal<string> }) {
  return (
    <label class="field">
      {label}
      <textarea rows={2} value={text.value} onInput={({ currentTarget }) => (text.value = currentTarget.value)} />
    </label>
  );
}
