import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { databaseFault, SitewrightError } from "@sitewright/protocol";
import { takeForm } from "@sitewright/node-kit/database";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { diskError } from "../disk/disk-error.ts";

export type Database = DatabaseSync;

const NAME = "agent.db";

/**
 * Opens the agent's memory: units, journal, orders and outbox in one file, so that one commit covers what belongs together. The exclusive
 * lock lasts as long as the process; a second agent on the folder gets `AGENT_DATA_IN_USE`. Throws `DATA_DAMAGED` for an unreadable file,
 * `DISK_READ_ONLY` and the like for a disk that prevents opening it.
 */
export function openDatabase(dataDir: string): Database {
  const path = join(dataDir, NAME);
  try {
    if (!existsSync(dataDir)) makeFolder(dataDir, 0o700);
  } catch (error) {
    throw diskError(error, dataDir, "");
  }
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; COMMIT");
    const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (found !== "ok") throw damaged(path, String(found));
    takeForm(database, FORM, { code: "VERSION_UNSUPPORTED", name: `the agent's memory ${path}` });
    return database;
  } catch (error) {
    database?.close();
    throw databaseError(error, dataDir, path);
  }
}

/** Of its content: rises with each change that earlier agents could not read. A database without it has form 1. */
const FORM = 1;

function databaseError(error: unknown, dataDir: string, path: string): SitewrightError {
  const fault = databaseFault(error);
  const facts = { path, cause: error };
  const said = error instanceof Error ? error.message : String(error);
  if (fault?.code === "FILE_IN_USE") {
    return new SitewrightError(
      "AGENT_DATA_IN_USE",
      `the data folder ${dataDir} is in use by another agent: stop that one, or give this one a folder of its own`,
      { path: dataDir, cause: error },
    );
  }
  if (fault?.code === "DATA_DAMAGED") return damaged(path, said);
  if (fault) return new SitewrightError(fault.code, `the agent's memory ${path}: ${fault.why} (${said})`, facts);
  return error instanceof SitewrightError
    ? error
    : new SitewrightError("IO_ERROR", `the agent's memory ${path} cannot be opened: ${said}`, facts);
}

/** Never discarded automatically: it holds orders, results that were not sent yet, and exchanges in progress. */
export function damaged(path: string, what: string): SitewrightError {
  return new SitewrightError(
    "DATA_DAMAGED",
    `the agent's memory ${path} is damaged (${what}): check the disk, then restore the file from a backup, or move it and what is called ${NAME}-* out of the folder and start the agent again. It then starts with an empty memory: its orders are given again, and the next rebuild reads everything in the role roots`,
    { path },
  );
}
