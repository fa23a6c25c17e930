import { lstatSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { databaseFault, SitewrightError, type ErrorCode } from "@sitewright/protocol";

/** Commits all of `work` or nothing; returns its result. Throws `DISK_FULL`, `DISK_READ_ONLY` and the like when it cannot be stored. */
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
 * Marks a database with the form of its content, a number that rises with each change that earlier versions could not read; one without a
 * mark has form 1. Throws `newer` for a form of a newer version, which is left as it is.
 * @param newer Code of that error, and the database's name in its message.
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

/**
 * SQLite's codes for a file that is damaged, that is not a database, and for a statement that does not fit the file, which then belongs to
 * another program.
 */
export const CORRUPT = 11;
const NO_DATABASE = 26;
const OTHER_TABLES = 1;

/** Whether the fault is the content of the file, not the access to it. */
export function isDamaged(error: unknown): boolean {
  const { errcode } = sqliteErrorIn(error) as { errcode?: number };
  return errcode !== undefined && [CORRUPT, NO_DATABASE, OTHER_TABLES].includes(errcode & 0xff);
}

/** The SQLite error behind an error of `transaction`. */
export function sqliteErrorIn(error: unknown): unknown {
  return error instanceof SitewrightError && databaseFault(error.cause) ? error.cause : error;
}

/** Throws if something else is in the place of a file: SQLite would wait for a pipe. */
export function requireFile(file: string): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats && !stats.isFile()) throw new Error("it is no regular file");
}
