import { lstatSync, renameSync } from "node:fs";
import { databaseFault, SitewrightError } from "@sitewright/protocol";
import { isDamaged, requireFile as requireRegular, sqliteErrorIn } from "@sitewright/node-kit/database";

/** Any error about a file of the data folder, as one that names the file and the remedy. */
export function dataFileError(file: string, cause: unknown): SitewrightError {
  const fault = sqliteErrorIn(cause);
  if (fault instanceof SitewrightError) return fault;
  const { code, message } = fault as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || databaseFault(fault)?.code === "DISK_FULL")
    return new SitewrightError("DISK_FULL", `the disk that holds ${file} is full: make room, then try again`, { path: file, cause });
  const advice = isDamaged(cause)
    ? "it is damaged: restart the coordinator, which creates it again"
    : "let the coordinator's user read and write it and its folder, or move away what lies there in its place";
  return new SitewrightError("DATA_FILE_UNUSABLE", `${file} cannot be used (${message}): ${advice}`, { path: file, cause });
}

/** Throws `DATA_FILE_UNUSABLE` if something else is in the place of a file: SQLite would wait for a pipe. */
export function requireFile(file: string): void {
  try {
    requireRegular(file);
  } catch (error) {
    throw dataFileError(file, error);
  }
}

/** Moves a database aside for inspection. @returns Its new place. */
export function setAside(file: string): string {
  const aside = `${file}.broken-${Date.now()}`;
  for (const end of ["-wal", "-shm", ""])
    if (lstatSync(`${file}${end}`, { throwIfNoEntry: false })) renameSync(`${file}${end}`, `${aside}${end}`);
  return aside;
}
