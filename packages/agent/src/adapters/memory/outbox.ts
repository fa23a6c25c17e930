import { decodeAgentMessage, encodeAgentMessage, type Result } from "@sitewright/protocol";
import type { Outbox } from "../../app/ports/link.ts";
import type { Database } from "./database.ts";

/** How long a result, and the memory of its order, outlives its acknowledgement: longer than any data that a run store may lose. */
export const KEEP_ACKED_MS = 24 * 3600 * 1000;
/** So many of the newest are kept however old they seem to be: the clock may have been set. */
export const KEEP_AT_LEAST = 1000;

export interface StoredOutbox extends Outbox {
  /** To be called inside a transaction; assigns the result its number. */
  append(result: Omit<Result, "number">): Result;
  /** Numbers of those that nobody has acknowledged and that this version cannot read. */
  unreadable(): number[];
  remove(number: number): void;
}

/** @param now ms since 1970. */
export function openOutbox(database: Database, now: () => number): StoredOutbox {
  database.exec(`
    CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY, body BLOB NOT NULL, acked_at INTEGER) STRICT;
    CREATE INDEX IF NOT EXISTS outbox_acked ON outbox (acked_at) WHERE acked_at IS NOT NULL;
    CREATE TABLE IF NOT EXISTS outbox_counter (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), last INTEGER NOT NULL) STRICT;
    INSERT OR IGNORE INTO outbox_counter VALUES (1, 0);
  `);
  const readLast = database.prepare("SELECT last FROM outbox_counter");
  const writeLast = database.prepare("UPDATE outbox_counter SET last = max(last, ?)");
  const insert = database.prepare("INSERT INTO outbox (number, body) VALUES (?, ?)");
  const byNumber = database.prepare("SELECT number, body FROM outbox WHERE number = ?");
  const above = database.prepare("SELECT number, body FROM outbox WHERE number > ? ORDER BY number LIMIT 1");
  const markAcked = database.prepare("UPDATE outbox SET acked_at = ? WHERE number <= ? AND acked_at IS NULL");
  const takeBack = database.prepare("UPDATE outbox SET acked_at = NULL WHERE number > ? AND acked_at IS NOT NULL");
  const unacked = database.prepare("SELECT number, body FROM outbox WHERE acked_at IS NULL");
  const removeOne = database.prepare("DELETE FROM outbox WHERE number = ?");
  const prune = database.prepare("DELETE FROM outbox WHERE acked_at < ? AND number <= ?");
  const last = () => readLast.get()?.["last"] as number;

  return {
    last,
    get: (number) => toResult(byNumber.get(number)),
    next: (number) => toResult(above.get(number)),
    startAbove: (number) => void writeLast.run(number),
    append(result) {
      const numbered: Result = { ...result, number: last() + 1 };
      insert.run(numbered.number, encodeAgentMessage(numbered));
      writeLast.run(numbered.number);
      return numbered;
    },
    acknowledge(upTo) {
      const at = now();
      const wentBack = takeBack.run(upTo).changes > 0;
      markAcked.run(at, upTo);
      prune.run(at - KEEP_ACKED_MS, last() - KEEP_AT_LEAST);
      return wentBack;
    },
    unreadable: () =>
      unacked
        .all()
        .filter((row) => !isReadable(row))
        .map(({ number }) => number as number),
    remove: (number) => void removeOne.run(number),
  };
}

function isReadable(row: Record<string, unknown>): boolean {
  try {
    return toResult(row) !== undefined;
  } catch {
    return false;
  }
}

function toResult(row: Record<string, unknown> | undefined): Result | undefined {
  if (!row) return undefined;
  const message = decodeAgentMessage(row["body"] as Uint8Array);
  return message.kind === "result" ? message : undefined;
}
