import type { SuccessionStatement } from "@sitewright/protocol";

/** What an agent knows, and whom it is asked to believe. */
export interface SuccessionCase {
  /** Id of the coordinator that it joined. */
  coordinator: string;
  /** Key of the CA that it trusts. */
  trusted: string;
  /** The newest number that this CA stated: lower statements of it are no longer in force. */
  newest: number;
  /** Key of the CA that a server showed. */
  shown: string;
  statements: readonly SuccessionStatement[];
}

/**
 * Whether the CA that is trusted said, over any number of steps, that the one shown may take its place. Of several statements of one CA only
 * the one with the highest number counts.
 * @returns Undefined when it did, else why not.
 */
export function successionFault(
  { coordinator, trusted, newest, shown, statements }: SuccessionCase,
  isSigned: (statement: SuccessionStatement) => boolean,
): string | undefined {
  let at = trusted;
  // A chain without a circle has no more steps than statements.
  for (let step = 0; step < statements.length; step += 1) {
    const said = statements.filter(({ from }) => from === at);
    const about = said.filter((one) => one.coordinator === coordinator);
    const valid = about.filter(isSigned);
    const [last] = valid.toSorted((a, b) => b.number - a.number);
    if (!last && said.length === 0) break;
    if (!last) return about.length === 0 ? "its statement is about another coordinator" : "its statement has another signature";
    if (at === trusted && last.number < newest)
      return `its statement ${last.number} is older than ${newest}, by which it was replaced or revoked`;
    if (last.to === shown) return undefined;
    at = last.to;
  }
  return statements.length === 0 ? "it shows no statement" : "no statement leads to it from the one that was joined";
}
