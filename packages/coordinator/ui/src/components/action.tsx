import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { messageOf } from "../api/client.ts";
import { Fault } from "./page-parts.tsx";

export interface ActionProps {
  label: string;
  act: () => Promise<unknown>;
  kind?: "primary" | "quiet" | "danger";
  disabled?: boolean;
  /** What it will do; asks for confirmation first. */
  question?: { title: string; text: ComponentChildren; yes: string; no?: string };
  /** Called with a refusal, which is otherwise shown beside the button. */
  onFault?: (message: string | undefined) => void;
}

/**
 * A button that changes something at the coordinator: one request at a time, after a confirmation where required, with the error of a
 * refusal.
 */
export function Action({ label, act, kind = "quiet", disabled = false, question, onFault }: ActionProps) {
  const busy = useSignal(false);
  const fault = useSignal<string>();
  const dialog = useRef<HTMLDialogElement>(null);

  async function perform(): Promise<void> {
    dialog.current?.close();
    busy.value = true;
    tell(undefined);
    try {
      await act();
    } catch (error) {
      tell(messageOf(error));
    } finally {
      busy.value = false;
    }
  }

  function press(): void {
    if (busy.value) return;
    if (question) dialog.current?.showModal();
    else void perform();
  }

  function tell(message: string | undefined): void {
    if (onFault) onFault(message);
    else fault.value = message;
  }

  return (
    <>
      <button
        type="button"
        class={`button button-${kind}`}
        disabled={disabled}
        // Not disabled while it works: it would lose the focus, and with it the place of a user without a pointer.
        aria-disabled={busy.value || undefined}
        aria-busy={busy.value}
        onClick={press}
      >
        {label}
      </button>
      <Fault message={fault.value} />
      {question && (
        <dialog ref={dialog} aria-label={question.title}>
          <h2>{question.title}</h2>
          <div class="dialog-text">{question.text}</div>
          <div class="actions actions-end">
            <button type="button" class="button button-quiet" onClick={() => dialog.current?.close()}>
              {question.no ?? "No, go back"}
            </button>
            <button type="button" class={`button button-${kind === "quiet" ? "primary" : kind}`} onClick={() => void perform()}>
              {question.yes}
            </button>
          </div>
        </dialog>
      )}
    </>
  );
}
