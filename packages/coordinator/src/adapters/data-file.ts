import { lstatSync, renameSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { SitewrightError } from "@sitewright/protocol";

/** SQLite's own numbers of what went wrong. */
const FULL = 13;
export const CORRUPT = 11;
const NO_DATABASE = 26;
/** Of a statement that does not fit the file: it is the database of something else. */
const OTHER_TABLES = 1;

/** Whether what is wrong is the content of the file, not the way to it. */
export function isDamaged(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && [CORRUPT, NO_DATABASE, OTHER_TABLES].includes(errcode & 0xff);
}

/** Anything that was thrown about a file of the data folder, as one of ours that names the file and the remedy. */
export function dataFileError(file: string, cause: unknown): SitewrightError {
  if (cause instanceof SitewrightError) return cause;
  const { code, errcode, message } = cause as NodeJS.ErrnoException & { errcode?: number };
  if (code === "ENOSPC" || code === "EDQUOT" || (errcode !== undefined && (errcode & 0xff) === FULL))
    return new SitewrightError("DISK_FULL", `the disk that holds ${file} is full: make room, then try again`, { path: file, cause });
  const advice = isDamaged(cause)
    ? "it is damaged: restart the coordinator, which makes it again"
    : "let the coordinator's user read and write it and its folder, or move away what lies there in its place";
  return new SitewrightError("DATA_FILE_UNUSABLE", `${file} cannot be used (${message}): ${advice}`, { path: file, cause });
}

/** Throws `DATA_FILE_UNUSABLE` where something else lies in the place of a file: SQLite would wait for a pipe. */
export function requireFile(file: string): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats && !stats.isFile()) throw dataFileError(file, new Error("it is no regular file"));
}

/**
 * Marks a database with the form of what it holds; one without a mark is of form 1. Throws `DATA_FILE_UNUSABLE` for a form of a newer
 * version, which is left as it is.
 */
export function takeForm(database: DatabaseSync, form: number): void {
  const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (found > form) {
    const file = database.location() ?? "";
    throw new SitewrightError(
      "DATA_FILE_UNUSABLE",
      `${file} was written by a newer version (its form is ${found}, and this one knows forms up to ${form}): start that version`,
      { path: file },
    );
  }
  if (found < form) database.exec(`PRAGMA user_version = ${form}`);
}

/** Moves a database out of the way, to be looked at. @returns its new place. */
export function setAside(file: string): string {
  const aside = `${file}.broken-${Date.now()}`;
  for (const end of ["-wal", "-shm", ""])
    if (lstatSync(`${file}${end}`, { throwIfNoEntry: false })) renameSync(`${file}${end}`, `${aside}${end}`);
  return aside;
}
