import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fitLogLine, parseLogLine } from "@sitewright/protocol";
import type { LogSource } from "../../app/ports/link.ts";

/** The last lines of this agent's log, for the coordinator's questions: in a file of its own, which may be lost. */
export interface LogStore extends LogSource {
  /** One line as the logger wrote it. Never throws: a log that cannot be kept holds up nothing. */
  append(line: string): void;
  close(): void;
}

/** Lines kept, over all orders. */
const MOST_LINES = 20_000;
/** Lines between two looks for old ones. */
const PRUNED_EVERY = 500;

/** To be opened by whoever holds the lock on the data folder. */
export function openLogStore(dataDir: string, mostLines = MOST_LINES): LogStore {
  const database = openOrReplace(join(dataDir, "log.db"));
  const insert = database.prepare("INSERT INTO lines (about, line) VALUES (?, ?)");
  const prune = database.prepare("DELETE FROM lines WHERE number <= (SELECT max(number) FROM lines) - ?");
  const newest = database.prepare("SELECT line FROM lines ORDER BY number DESC LIMIT ?");
  const newestAbout = database.prepare("SELECT line FROM lines WHERE about = ? ORDER BY number DESC LIMIT ?");
  let sincePruned = 0;
  return {
    append(line) {
      try {
        const order = parseLogLine(line)?.["order"];
        insert.run(typeof order === "string" ? order : null, fitLogLine(line.trimEnd()));
        sincePruned = (sincePruned + 1) % PRUNED_EVERY;
        if (sincePruned === 0) prune.run(mostLines);
      } catch {
        // A full disk, say: standard output has the line.
      }
    },
    find(order, limit) {
      const rows = order === "" ? newest.all(limit) : newestAbout.all(order, limit);
      return rows.map(({ line }) => String(line)).reverse();
    },
    close: () => database.close(),
  };
}

/** What cannot be read is begun anew: it is only a log. */
function openOrReplace(file: string): DatabaseSync {
  try {
    return open(file);
  } catch {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    return open(file);
  }
}

function open(file: string): DatabaseSync {
  mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file);
  try {
    database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS lines (number INTEGER PRIMARY KEY AUTOINCREMENT, about TEXT, line TEXT NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS lines_about ON lines (about, number) WHERE about IS NOT NULL;
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
