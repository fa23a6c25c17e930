/** What definitions are compared by. A number alone is not enough: after a recovery it may have been issued twice. */
export interface Stamp {
  /** Raised by each recovery of the site that issues the numbers; 1 at first. */
  epoch: number;
  number: number;
  /** Of the content. */
  hash: string;
}

/**
 * How an offered definition relates to the one that is held. `conflict`: one number for two contents, which no rule can decide.
 */
export type Relation = "same" | "newer" | "older" | "conflict";

export function relate(offered: Stamp, held: Stamp): Relation {
  const order = offered.epoch - held.epoch || offered.number - held.number;
  if (order !== 0) return order > 0 ? "newer" : "older";
  return offered.hash === held.hash ? "same" : "conflict";
}
