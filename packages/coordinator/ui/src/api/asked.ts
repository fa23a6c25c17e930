import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, messageOf } from "./client.ts";
import { touched } from "./reload.ts";

export interface Asked<Answer> {
  /** The last one, also while the next is under way. Undefined: there is none yet. */
  answer: Answer | undefined;
  /** Why the last request was in vain; it ends with the next answer. */
  fault: string | undefined;
}

/**
 * What `load` gives: asked for again when one of `on` changes, and, after a request in vain, when the coordinator is heard again. Answers
 * that a later request overtook are dropped. A page that changes what it shows writes the new answer into the signal.
 */
export function useAsked<Answer>(load: () => Promise<Answer>, on: readonly unknown[]): Signal<Asked<Answer>> {
  const asked = useSignal<Asked<Answer>>({ answer: undefined, fault: undefined });
  useEffect(() => {
    let last = 0;
    const ask = (): void => {
      const own = ++last;
      load().then(
        (answer) => void (own === last && (asked.value = { answer, fault: undefined })),
        (error: unknown) => void (own === last && (asked.value = { ...asked.value, fault: messageOf(error) })),
      );
    };
    ask();
    const end = whenHeardAgain(() => asked.peek().fault !== undefined && ask());
    return () => {
      last = -1;
      end();
    };
  }, on);
  return asked;
}

/** Calls `listener` whenever the coordinator is heard after an interruption. @returns A function that ends that. */
export function whenHeardAgain(listener: () => void): () => void {
  const known = touched.peek();
  return touched.subscribe((of) => {
    if (of.all && of !== known) listener();
  });
}

/** A part of the pages that is loaded on demand; throws `ApiError`. */
export async function loadPart<Part>(load: Promise<Part>): Promise<Part> {
  return load.catch(() => {
    throw new ApiError(
      "PART_NOT_LOADED",
      "A part of this page did not arrive. It is asked for again when the coordinator is heard; if the coordinator was updated meanwhile, reload this page.",
    );
  });
}
