import type { LedgerEntry } from "./entry.ts";

/** What says where an entry belongs. */
export type Chained = Pick<LedgerEntry, "writer" | "number" | "seen" | "at">;

/**
 * Entries as they followed each other, in whatever order a copy has them: those of a writer by their numbers and after all that it had seen,
 * those of writers that had not seen each other by their times.
 * @param entries Of each writer at least the first.
 */
export function inOrder<E extends Chained>(entries: readonly E[]): E[] {
  const left = new Map(
    [...Map.groupBy(entries, ({ writer }) => writer)].map(([writer, own]) => [writer, own.toSorted((a, b) => b.number - a.number)]),
  );
  /** Writers whose next entry can follow. */
  const ready: Chained[] = [];
  /** By writer, those whose next entry follows one of its entries. */
  const waiting = new Map<string, string[]>();
  const ordered: E[] = [];

  function place(writer: string): void {
    const next = left.get(writer)?.at(-1);
    if (!next) return;
    const isLeft = ([other, { number }]: [string, { number: number }]): boolean => (left.get(other)?.at(-1)?.number ?? Infinity) <= number;
    const [before] = Object.entries(next.seen).find(isLeft) ?? [];
    if (before === undefined) ready.push(next);
    else waiting.set(before, [...(waiting.get(before) ?? []), writer]);
  }

  for (const writer of left.keys()) place(writer);
  while (ready.length > 0) {
    const [{ writer }] = ready.sort((a, b) => a.at - b.at || (a.writer < b.writer ? -1 : 1)) as [Chained];
    ready.shift();
    ordered.push(...(left.get(writer)?.splice(-1) ?? []));
    const waiters = waiting.get(writer) ?? [];
    waiting.delete(writer);
    for (const one of [writer, ...waiters]) place(one);
  }
  // Of a ledger that was altered: they name each other.
  return [...ordered, ...[...left.values()].flatMap((own) => own.toReversed())];
}
