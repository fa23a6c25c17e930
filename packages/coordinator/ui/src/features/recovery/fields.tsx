import type { Signal } from "@preact/signals";

export function TextField({ label, text, isTime = false }: { label: string; text: Signal<string>; isTime?: boolean }) {
  const field = {
    value: text.value,
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) => void (text.value = currentTarget.value),
  };
  return (
    <label class="field">
      {label}
      {isTime ? <input type="datetime-local" {...field} /> : <input type="text" maxLength={255} {...field} />}
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
