import type { DatabaseSync } from "node:sqlite";
import { databaseFault, SitewrightError } from "@sitewright/protocol";

/** All of `work` or nothing; returns what it returned. Throws `DISK_FULL`, `DISK_READ_ONLY` and the like when it cannot be written down. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  try {
    database.exec("BEGIN IMMEDIATE");
    const value = work();
    database.exec("COMMIT");
    return value;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK"); // a full disk has ended it already
    const fault = databaseFault(error);
    if (!fault) throw error;
    const path = database.location() ?? "";
    throw new SitewrightError(fault.code, `${path} cannot be written: ${fault.why} (${(error as Error).message})`, { path, cause: error });
  }
}
