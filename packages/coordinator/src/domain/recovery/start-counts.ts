import type { LedgerEntry } from "../ledger/entry.ts";

/** What the ledger records of the start counter of a site, outside its site data. */
export interface KnownStarts {
  /** What the site data must state at least; absent: a person accepted that they state none. */
  required?: number;
  /** The highest that was ever recorded: none of these is used again. */
  highest: number;
  /** When `required` was recorded, ms since 1970. */
  at: number;
  /** What was known before the numbers were raised; absent: they were not, or that was undone. */
  beforeRaise?: KnownStarts;
}

/**
 * Why the folder of a site is an earlier state of itself, for people; empty: nothing says so. @param stated By the site data; undefined: none,
 * as in a folder that is deployed from elsewhere, which may well be newer.
 */
export function startSigns(stated: number | undefined, known: KnownStarts | undefined): string[] {
  const { required } = known ?? {};
  if (stated === undefined || known === undefined || required === undefined || stated >= required) return [];
  const since = new Date(known.at).toISOString().slice(0, 16).replace("T", " ");
  return [`its start counter is ${stated}, and ${required} was seen: its folder is an earlier copy or snapshot (${since} UTC)`];
}

/** Above what the site states and what was recorded, so that every copy made before states less. */
export function nextStart(stated: number | undefined, known: KnownStarts | undefined): number {
  return Math.max(stated ?? 0, known?.highest ?? 0) + 1;
}

/** What is known of a site's start counter after one more entry of the ledger: of one site, or of all that were counted at a start. */
export function afterStarts(
  before: KnownStarts | undefined,
  { kind, at, details }: Pick<LedgerEntry, "kind" | "at" | "details">,
  site: string,
): KnownStarts | undefined {
  switch (kind) {
    case "sites-counted": {
      const counted = numberOf(details[site]);
      if (counted === undefined) return before;
      const { beforeRaise } = before ?? {};
      return { ...known(counted, before, at), ...(beforeRaise ? { beforeRaise } : {}) };
    }
    case "site-accepted":
      return before && known(numberOf(details["starts"]), before, at);
    case "serials-raised":
      return before && { ...known(numberOf(details["starts"]), before, at), beforeRaise: before };
    case "serials-undone":
      return before?.beforeRaise ? { ...before.beforeRaise, highest: before.highest } : before;
    default:
      return before;
  }
}

function known(required: number | undefined, before: KnownStarts | undefined, at: number): KnownStarts {
  const highest = Math.max(required ?? 0, before?.highest ?? 0);
  return { ...(required === undefined ? {} : { required }), highest, at };
}

function numberOf(text: string | undefined): number | undefined {
  const number = Number(text);
  return text !== undefined && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
