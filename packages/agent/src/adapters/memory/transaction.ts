import type { DatabaseSync } from "node:sqlite";
import { SitewrightError } from "@sitewright/protocol";

const SQLITE_FULL = 13;

/** All of `work` or nothing; returns what it returned. Throws `DISK_FULL` when there is no room for it. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  try {
    database.exec("BEGIN IMMEDIATE");
    const value = work();
    database.exec("COMMIT");
    return value;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK"); // a full disk has ended it already
    if (!(error instanceof Error && "errcode" in error && error.errcode === SQLITE_FULL)) throw error;
    const path = database.location() ?? "";
    throw new SitewrightError("DISK_FULL", `the disk that holds ${path} is full: make room, then run the rebuild again`, {
      path,
      cause: error,
    });
  }
}
