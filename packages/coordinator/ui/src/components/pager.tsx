import type { Signal } from "@preact/signals";
import { plural } from "../lib/format.ts";

export interface PagerProps {
  /** Cursors of the pages before this one, and of this one: it is the last; empty: this is the first page. */
  cursors: Signal<readonly string[]>;
  /** Of the next page; undefined: this is the last one. */
  next: string | undefined;
  /** Items on all pages, and on this one. */
  found: number;
  shown: number;
  /** What an item is called. */
  one: string;
}

/** Leads through the pages of a list; nothing where there is only one. */
export function Pager({ cursors, next, found, shown, one }: PagerProps) {
  const before = cursors.value;
  if (before.length === 0 && next === undefined) return null;
  return (
    <nav class="pager" aria-label={`Pages of the ${one}s`}>
      <button
        type="button"
        class="button button-quiet"
        disabled={before.length === 0}
        onClick={() => (cursors.value = before.slice(0, -1))}
      >
        Previous
      </button>
      <span class="muted" role="status">
        {shown.toLocaleString("en")} of {plural(found, one)} · page {before.length + 1}
      </span>
      <button
        type="button"
        class="button button-quiet"
        disabled={next === undefined}
        onClick={() => next !== undefined && (cursors.value = [...before, next])}
      >
        Next
      </button>
    </nav>
  );
}
