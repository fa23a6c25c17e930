import { join } from "node:path";
import { databaseFault } from "@sitewright/protocol";
import { createAppender, openLogDatabase } from "@sitewright/node-kit/log-database";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import type { LogSource } from "../../app/ports/link.ts";

/** The last lines of this agent's log, for the coordinator's log queries: in a file of its own, which may be lost. */
export interface LogStore extends LogSource {
  /** One line as the logger wrote it. Never throws: a log that cannot be kept must not stop anything. */
  append(line: string): void;
  /** Why not all of it is kept; to be logged. */
  readonly trouble: string | undefined;
  close(): void;
}

/** Lines kept, over all orders. */
const MOST_LINES = 20_000;
const TABLES = `
  CREATE TABLE IF NOT EXISTS lines (number INTEGER PRIMARY KEY AUTOINCREMENT, about TEXT, line TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS lines_about ON lines (about, number) WHERE about IS NOT NULL;
`;

/** To be opened by the holder of the lock on the data folder. */
export function openLogStore(dataDir: string, mostLines = MOST_LINES): LogStore {
  makeFolder(dataDir, 0o700);
  const file = join(dataDir, "log.db");
  const { database, trouble } = openLogDatabase(file, TABLES, (error) => {
    const why = databaseFault(error)?.why ?? (error instanceof Error ? error.message : String(error));
    return `the log ${file} cannot be kept: ${why}`;
  });
  const insert = database.prepare("INSERT INTO lines (about, line) VALUES (?, ?)");
  const prune = database.prepare("DELETE FROM lines WHERE number <= (SELECT max(number) FROM lines) - ?");
  const newest = database.prepare("SELECT line FROM lines ORDER BY number DESC LIMIT ?");
  const newestAbout = database.prepare("SELECT line FROM lines WHERE about = ? ORDER BY number DESC LIMIT ?");
  return {
    append: createAppender(
      ({ order }, text) => {
        insert.run(typeof order === "string" ? order : null, text);
        return true;
      },
      () => void prune.run(mostLines),
    ),
    find(order, limit) {
      const rows = order === "" ? newest.all(limit) : newestAbout.all(order, limit);
      return rows.map(({ line }) => String(line)).reverse();
    },
    trouble,
    close: () => database.close(),
  };
}
