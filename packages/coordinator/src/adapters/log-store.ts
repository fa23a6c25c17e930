import { join } from "node:path";
import { createAppender, openLogDatabase } from "@sitewright/node-kit/log-database";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import type { LogSource } from "../app/ports/log.ts";
import { dataFileError } from "./files/data-file.ts";

/** The last lines of the coordinator's log that are about an order or a system: in a file of its own, which may be lost. */
export interface LogStore extends LogSource {
  /** One line as the logger wrote it. Never throws: a log that cannot be kept must not stop anything. */
  append(line: string): void;
  /** Why not all of it is kept; to be logged. */
  readonly trouble: string | undefined;
  close(): void;
}

/** Lines kept, over all orders and systems; and those about refusals, which any client can cause. */
const MOST_LINES = 100_000;
const MOST_REFUSALS = 2_000;
/** For so long lines are gathered, ms. */
const TOGETHER_MS = 100;
/** Of the most lines, after a removal. */
const KEPT_SHARE = 0.95;
/** Systems of which lines are kept that came back on a medium. */
const MOST_RETURNED = 200;
/** Characters of the order or system that a line names. */
const LONGEST_KEY = 255;

const TABLES = `
  CREATE TABLE IF NOT EXISTS lines (number INTEGER PRIMARY KEY AUTOINCREMENT, about TEXT, system TEXT, line TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS lines_about ON lines (about, number) WHERE about IS NOT NULL;
  CREATE INDEX IF NOT EXISTS lines_system ON lines (system, number) WHERE system IS NOT NULL;
  CREATE TABLE IF NOT EXISTS returned (system TEXT PRIMARY KEY, lines TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS refusals (number INTEGER PRIMARY KEY AUTOINCREMENT, system TEXT, line TEXT NOT NULL) STRICT;
`;

/** To be opened by the holder of the lock on the data folder. */
export function openLogStore(dataDir: string, mostLines = MOST_LINES): LogStore {
  makeFolder(dataDir, 0o700);
  const file = join(dataDir, "log.db");
  const { database, trouble } = openLogDatabase(file, TABLES, (error) => dataFileError(file, error).message);
  const insert = database.prepare("INSERT INTO lines (about, system, line) VALUES (?, ?, ?)");
  const total = database.prepare("SELECT count(*) AS lines FROM lines");
  const counts = database.prepare("SELECT system, count(*) AS lines FROM lines GROUP BY system");
  const prune = database.prepare(
    "DELETE FROM lines WHERE system IS ?1 AND number <= (SELECT number FROM lines WHERE system IS ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
  );
  const insertRefusal = database.prepare("INSERT INTO refusals (system, line) VALUES (?, ?)");
  const pruneRefusals = database.prepare("DELETE FROM refusals WHERE number <= (SELECT max(number) FROM refusals) - ?");
  const ofOrder = database.prepare("SELECT line FROM lines WHERE about = ? ORDER BY number DESC LIMIT ?");
  const ofSystem = database.prepare("SELECT line FROM lines WHERE system = ? ORDER BY number DESC LIMIT ?");
  const refusalsOf = database.prepare("SELECT line FROM refusals WHERE system = ? ORDER BY number DESC LIMIT ?");
  const replaceReturned = database.prepare("INSERT OR REPLACE INTO returned (system, lines) VALUES (?, ?)");
  const pruneReturned = database.prepare(
    "DELETE FROM returned WHERE rowid <= (SELECT rowid FROM returned ORDER BY rowid DESC LIMIT 1 OFFSET ?)",
  );
  const returnedOf = database.prepare("SELECT lines FROM returned WHERE system = ?");

  /** At least as many as there are. */
  let lineCount = Number(total.get()?.lines);
  let commit: NodeJS.Timeout | undefined;

  /**
   * Above the limit, the oldest lines of the systems with the most lines are removed: a loud system displaces no line of another. Some more
   * than necessary, because counting them takes long.
   */
  function pruneLines(): void {
    if (lineCount <= mostLines) return;
    const bySystem = counts.all() as { system: string | null; lines: number }[];
    const share = fairShare(
      bySystem.map(({ lines }) => lines),
      Math.floor(mostLines * KEPT_SHARE),
    );
    for (const { system, lines } of bySystem) if (lines > share) prune.run(system, share);
    lineCount = Number(total.get()?.lines);
  }

  /** Lines of some time are stored together. A kill may lose the last of them here; they are on standard output. */
  function together(): void {
    if (commit) return;
    database.exec("BEGIN");
    commit = setTimeout(finish, TOGETHER_MS);
  }

  function finish(): void {
    clearTimeout(commit);
    commit = undefined;
    try {
      if (database.isTransaction) database.exec("COMMIT");
    } catch {
      // A full disk, say.
      if (database.isTransaction) database.exec("ROLLBACK");
    }
  }

  return {
    append: createAppender(
      ({ order, system, refused }, text) => {
        if (!isKey(order) && !isKey(system)) return false;
        together();
        lineCount += 1;
        if (refused === undefined) insert.run(isKey(order) ? order : null, isKey(system) ? system : null, text);
        else insertRefusal.run(isKey(system) ? system : null, text);
        return true;
      },
      () => {
        pruneLines();
        pruneRefusals.run(MOST_REFUSALS);
      },
    ),
    find({ order, system = "" }, limit) {
      const rows = order === undefined ? [...ofSystem.all(system, limit), ...refusalsOf.all(system, limit)] : ofOrder.all(order, limit);
      return rows.map(({ line }) => String(line)).reverse();
    },
    keepReturned(system, returned) {
      try {
        replaceReturned.run(system, JSON.stringify(returned));
        pruneReturned.run(MOST_RETURNED);
      } catch {
        // A full disk, say.
      }
    },
    returned(system) {
      const row = returnedOf.get(system);
      return row ? (JSON.parse(String(row["lines"])) as string[]) : [];
    },
    trouble,
    close() {
      finish();
      database.close();
    },
  };
}

/** The limit per system, so that all of them together keep at most `most`. */
function fairShare(counts: readonly number[], most: number): number {
  let room = most;
  for (const [i, count] of counts.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(room / (counts.length - i));
    if (count > share) return share;
    room -= count;
  }
  return Infinity;
}

function isKey(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST_KEY;
}
