import { answers, answersWith } from "./errors.ts";
import { count, list, name, object, oneOf, table, text, time, type Of } from "./schema.ts";

/** What is recorded: every change that a person asked for, each start of a coordinator, and what it noticed of sites. */
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
  "site-seen",
  "site-accepted",
  "site-data-accepted",
  "serials-raised",
  "serials-undone",
] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

/** The last entry of a chain: its number and its hash. */
const TIP = object({ number: count, hash: text });
export type ChainTip = Of<typeof TIP>;

/**
 * Entries of one writer (one start of a coordinator) form a chain: each names the hash of the one before. What other writers left is
 * named in `seen`, so that no entry can be taken out or altered without a trace.
 */
const ENTRY = object({
  /** How it is laid out and hashed. */
  form: count,
  writer: text,
  /** 1 and up, without gaps. */
  number: count,
  /** Hash of the writer's entry before; empty for its first. */
  previous: text,
  /** By writer: the ends of other chains that no entry before named. */
  seen: table(TIP),
  at: time,
  /** `proof`: what was proved of whoever asked; `itself`: the coordinator acted by itself. */
  by: object({ name: text, proof: text, address: text }),
  /** One of `LEDGER_KINDS`, or one that a newer version wrote. */
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
    /** To be sent as `before` for the next page; absent: there is none. */
    next: count,
  },
);
export type LedgerPage = Of<typeof PAGE>;

/** `edited`: an entry is not what its writer wrote; `missing`: an entry that others name; `forked`: one number was written twice. */
const FINDING = object({ kind: oneOf(["edited", "missing", "forked"]), where: text, message: text });
export type LedgerFinding = Of<typeof FINDING>;

const REPORT = object({ entries: count, writers: count, findings: list(FINDING) });
export type LedgerReport = Of<typeof REPORT>;

const DIGITS = { type: "string", pattern: "^[0-9]{1,15}$" } as const;
const FILTER = { kind: oneOf(LEDGER_KINDS), by: name, run: name, system: name, site: name, address: name } as const;
const QUERY = object({}, { ...FILTER, before: DIGITS, limit: { type: "string", pattern: "^[1-9][0-9]{0,2}$" } });
export type LedgerQuery = Of<typeof QUERY>;

const EXPORT = object({}, { format: oneOf(["jsonl", "csv"]) });

export const LEDGER_ROUTES = {
  list: { querystring: QUERY, response: answers(PAGE) },
  verify: { response: answers(REPORT) },
  /** Everything, oldest first: JSON lines, unless told. */
  export: { querystring: EXPORT, response: answersWith("application/jsonl", "text/csv") },
} as const;
