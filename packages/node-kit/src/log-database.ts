import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fitLogLine, parseLogLine } from "@sitewright/protocol";
import { isDamaged, requireFile } from "./database.ts";

/** Lines between two removals of old ones. */
const PRUNED_EVERY = 500;

/**
 * Accepts lines as the logger wrote them. Never throws: a log that cannot be kept must not stop anything.
 * @param keep Gets the fields of a line and its text, cut to the maximum length; false: it is not to be kept.
 * @param prune Removes old lines.
 */
export function createAppender(keep: (facts: Record<string, unknown>, text: string) => boolean, prune: () => void): (line: string) => void {
  let sincePruned = 0;
  return (line) => {
    try {
      if (!keep(parseLogLine(line) ?? {}, fitLogLine(line.trimEnd()))) return;
      sincePruned = (sincePruned + 1) % PRUNED_EVERY;
      if (sincePruned === 0) prune();
    } catch {
      // A full disk, say: the line is on standard output.
    }
  };
}

export interface LogDatabase {
  database: DatabaseSync;
  /** Why not all of it is kept; to be logged. */
  trouble: string | undefined;
}

/**
 * Opens the file of a log, which may be lost: an unreadable one is started again, and one that cannot be opened at all is kept in memory.
 * @param tables Statements that create missing tables.
 * @param explain Describes an error of opening, with advice.
 */
export function openLogDatabase(file: string, tables: string, explain: (error: unknown) => string): LogDatabase {
  try {
    requireFile(file);
    return { database: open(file, tables), trouble: undefined };
  } catch (error) {
    if (!isDamaged(error))
      return { database: open(":memory:", tables), trouble: `${explain(error)}; until then what is logged is kept in memory only` };
    for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    return { database: open(file, tables), trouble: `log.db could not be read and was started again: ${String(error)}` };
  }
}

function open(file: string, tables: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${tables}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
