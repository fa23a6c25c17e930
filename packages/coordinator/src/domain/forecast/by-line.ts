import type { Phase } from "../runs/run.ts";
import type { Address } from "../sites/hierarchy.ts";
import { groupSliced } from "../slices.ts";
import { OWN_NETWORK } from "./lines.ts";

/** What belongs to one line. */
export interface OfLine<T> {
  /** Of the line, or of the coordinator's own network. */
  key: string;
  /** Absent for the coordinator's own network. `timeZone`: IANA name, of its hours. */
  facts: { address?: string; timeZone?: string };
  own: readonly T[];
}

/** By line, in the order of their keys, the coordinator's own network first. @param pathTo Lines to a system, its own one first. */
export function* byLine<T extends { phase: Phase }>(
  items: readonly T[],
  pathTo: (system: string) => readonly Address[],
): Generator<void, OfLine<T>[]> {
  const groups = [...(yield* groupSliced(items, ({ phase }) => phase.address ?? OWN_NETWORK))].sort(([a], [b]) => (a < b ? -1 : 1));
  return groups.map(([key, own]) => {
    const [line] = pathTo(own[0]?.phase.system ?? "");
    return { key, facts: { ...(key === OWN_NETWORK ? {} : { address: key }), ...(line ? { timeZone: line.timeZone } : {}) }, own };
  });
}
