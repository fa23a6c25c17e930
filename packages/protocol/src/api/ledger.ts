import { answers, answersWith } from "./errors.ts";
import { count, list, name, object, oneOf, table, text, time, type Of } from "./schema.ts";

/** What is recorded: every change that a person asked for, each start of a coordinator, and what it detected of sites. */
export const LEDGER_KINDS = [
  "coordinator-started",
  "run-started",
  "run-paused",
  "run-resumed",
  "run-cancelled",
  "run-retried",
  "address-set",
  "address-paused",
  "address-resumed",
  "address-reset",
  "sources-accepted",
  "join-token-made",
  "agent-revoked",
  "agents-updated",
  "agent-update-cancelled",
  "backup-made",
  "medium-ordered",
  "media-receipt-taken",
  "site-backup-begun",
  "coordinator-restored",
  "successor-named",
  "successor-revoked",
  "site-seen",
  "sites-counted",
  "site-accepted",
  "site-data-accepted",
  "packages-seen",
  "object-decided",
  "object-undone",
  "parent-accepted",
  "deleted",
  "deletion-undone",
  "serials-raised",
  "serials-undone",
  "recovery-opened",
  "recovery-task",
  "recovery-answered",
  "recovery-finished",
  "recovery-abandoned",
] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

/** The last entry of a chain: its number and its hash. */
const TIP = object({ number: count, hash: text });

/**
 * Entries of one writer (one start of a coordinator) form a chain: each names the hash of the one before. `seen` names the ends of other
 * writers' chains, so that no entry can be removed or altered without a trace.
 */
const ENTRY = object({
  /** Version of the layout and of the hash. */
  form: count,
  writer: text,
  /** 1 and up, without gaps. */
  number: count,
  /** Hash of the writer's previous entry; empty for its first. */
  previous: text,
  /** By writer: the ends of other chains that no earlier entry named. */
  seen: table(TIP),
  at: time,
  /** `proof`: how the principal was authenticated; `itself`: the coordinator acted on its own. */
  by: object({ name: text, proof: text, address: text }),
  /** One of `LEDGER_KINDS`, or a kind of a newer version. */
  kind: text,
  about: object({}, { run: text, system: text, site: text, address: text }),
  details: table(text),
  /** SHA-256 of everything above, hex. */
  hash: text,
});
export type LedgerEntry = Of<typeof ENTRY>;

const PAGE = object(
  {
    /** Newest first. */
    entries: list(ENTRY),
  },
  {
    /** Cursor of the next page, sent as `before`; absent: this is the last one. */
    next: count,
  },
);
export type LedgerPage = Of<typeof PAGE>;

/**
 * `edited`: an entry differs from what its writer wrote; `missing`: an entry that others name is not there; `forked`: one number was
 * written twice.
 */
const FINDING = object({ kind: oneOf(["edited", "missing", "forked"]), where: text, message: text });

const REPORT = object({ entries: count, writers: count, findings: list(FINDING) });
export type LedgerReport = Of<typeof REPORT>;

const DIGITS = { type: "string", pattern: "^[0-9]{1,15}$" } as const;
const FILTER = { kind: oneOf(LEDGER_KINDS), by: name, run: name, system: name, site: name, address: name } as const;
const QUERY = object({}, { ...FILTER, before: DIGITS, limit: { type: "string", pattern: "^[1-9][0-9]{0,2}$" } });
export type LedgerQuery = Of<typeof QUERY>;

const EXPORT = object({}, { ...FILTER, format: oneOf(["jsonl", "csv"]) });
export type LedgerFilter = Omit<LedgerQuery, "before" | "limit">;

export const LEDGER_ROUTES = {
  list: { querystring: QUERY, response: answers(PAGE) },
  verify: { response: answers(REPORT) },
  /** Everything, or what a filter leaves of it, oldest first: JSON lines by default. */
  export: { querystring: EXPORT, response: answersWith("application/jsonl", "text/csv") },
} as const;
