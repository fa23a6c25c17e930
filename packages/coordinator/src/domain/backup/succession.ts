import { isSuccessionStatement, MOST_STATEMENTS, type SuccessionStatement } from "@sitewright/protocol";

/** What a coordinator stated about its successor, and by which statements it is one itself. */
export interface Succession {
  /** Newest number of its CA's statements; 0: none. */
  number: number;
  /** Key of the CA that this statement names; absent: it ended the earlier ones. */
  successor?: string;
  /** By which it took the places of others, from the first one on. */
  statements: readonly SuccessionStatement[];
}

export const NO_SUCCESSION: Succession = { number: 0, statements: [] };

/**
 * The same successor keeps its number, so that agents need not hear of it again; every other one ends the statements before.
 * @param successor Absent: none any longer. @param now ms since 1970.
 */
export function withSuccessor(before: Succession, successor: string | undefined, now: number): Succession {
  if (before.successor === successor) return before;
  const { number, statements } = before;
  return { number: Math.max(number + 1, now), ...(successor === undefined ? {} : { successor }), statements };
}

export function isSuccession(value: unknown): value is Succession {
  if (typeof value !== "object" || value === null) return false;
  const { number, successor = "", statements } = value as Record<string, unknown>;
  const isNumber = Number.isSafeInteger(number) && Number(number) >= 0;
  return (
    isNumber &&
    typeof successor === "string" &&
    Array.isArray(statements) &&
    statements.length <= MOST_STATEMENTS &&
    statements.every(isSuccessionStatement)
  );
}
