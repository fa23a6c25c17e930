import type { Database } from "./database.ts";
import { transaction } from "@sitewright/node-kit/database";

/** What this agent knows of a role root. */
export interface KnownRoot {
  identity: string;
  /** Its identity was missing since the last work in it. */
  away: boolean;
}

/** Which disk each role root was when last worked in, by path. */
export interface RootTable {
  find(path: string): KnownRoot | undefined;
  remember(path: string, root: KnownRoot): void;
  /** An operator accepted that what was there is gone: the next start takes what it finds, and drops everything that was known below it. */
  forget(path: string): void;
}

export function openRootTable(database: Database): RootTable {
  database.exec("CREATE TABLE IF NOT EXISTS roots (path TEXT PRIMARY KEY, identity TEXT NOT NULL, away INTEGER NOT NULL) STRICT");
  const find = database.prepare("SELECT identity, away FROM roots WHERE path = ?");
  const write = database.prepare("INSERT OR REPLACE INTO roots (path, identity, away) VALUES (?, ?, ?)");
  const drop = database.prepare("DELETE FROM roots WHERE path = ?");
  return {
    find(path) {
      const row = find.get(path) as { identity: string; away: number } | undefined;
      return row && { identity: row.identity, away: row.away !== 0 };
    },
    remember: (path, { identity, away }) => transaction(database, () => void write.run(path, identity, Number(away))),
    forget: (path) => transaction(database, () => void drop.run(path)),
  };
}
