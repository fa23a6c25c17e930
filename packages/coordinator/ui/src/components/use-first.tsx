import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { plural } from "../lib/format.ts";

/** Items drawn at once: a browser needs a moment for the layout of a hundred rows, and many seconds for ten thousand. */
const STEP = 100;

/** The first of a list and, if there are more, a button that draws the next ones. @param one What an item is called. */
export function useFirst<Item>(items: readonly Item[], one: string, step = STEP): { shown: readonly Item[]; more: ComponentChildren } {
  const most = useSignal(step);
  const left = items.length - most.value;
  const more = left > 0 && (
    <button type="button" class="button button-quiet" onClick={() => (most.value += step)}>
      Show more ({plural(left, one)})
    </button>
  );
  return { shown: items.slice(0, most.value), more };
}
