import { lstatSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { databaseFault, SitewrightError, type ErrorCode } from "@sitewright/protocol";

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

/**
 * Marks a database with the form of what it holds, a number that rises with each change that earlier versions could not read; one without
 * a mark is of form 1. Throws `newer` for a form of a newer version, which is left as it is.
 * @param newer Code of that error, and what its message calls the database.
 */
export function takeForm(database: DatabaseSync, form: number, newer: { code: ErrorCode; name: string }): void {
  const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (found > form)
    throw new SitewrightError(
      newer.code,
      `${newer.name} was written by a newer version (its form is ${found}, and this one knows forms up to ${form}): start that version`,
      { path: database.location() ?? "" },
    );
  if (found < form) database.exec(`PRAGMA user_version = ${form}`);
}

/** SQLite's own numbers of a file that is damaged, that is no database, and of a statement that does not fit the file: it is another's. */
export const CORRUPT = 11;
const NO_DATABASE = 26;
const OTHER_TABLES = 1;

/** Whether what is wrong is the content of the file, not the way to it. */
export function isDamaged(error: unknown): boolean {
  const { errcode } = sqliteErrorIn(error) as { errcode?: number };
  return errcode !== undefined && [CORRUPT, NO_DATABASE, OTHER_TABLES].includes(errcode & 0xff);
}

/** What SQLite threw, behind an error that `transaction` made of it. */
export function sqliteErrorIn(error: unknown): unknown {
  return error instanceof SitewrightError && databaseFault(error.cause) ? error.cause : error;
}

/** Throws where something else lies in the place of a file: SQLite would wait for a pipe. */
export function requireFile(file: string): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats && !stats.isFile()) throw new Error("it is no regular file");
}
