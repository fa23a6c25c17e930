import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SitewrightError } from "@sitewright/protocol";

export type Database = DatabaseSync;

/**
 * Opens the agent's memory: units, journal, orders and outbox in one file, so that one commit covers what belongs together.
 * The exclusive lock lasts as long as the process; a second agent on the folder gets `AGENT_DATA_IN_USE`.
 */
export function openDatabase(dataDir: string): Database {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dataDir, "agent.db"));
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; COMMIT");
  } catch (cause) {
    database.close();
    throw new SitewrightError(
      "AGENT_DATA_IN_USE",
      `the data folder ${dataDir} is in use by another agent: stop that one, or give this one a folder of its own`,
      { path: dataDir, cause },
    );
  }
  return database;
}
