import { parentPort, workerData } from "node:worker_threads";
import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import { sqliteErrorIn } from "@sitewright/node-kit/database";
import type { IndexProgress } from "../../app/ports/content.ts";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import { dataFileError } from "../files/data-file.ts";
import type { IndexContext } from "./index-context.ts";
import { indexFile, openIndexDatabase, type IndexDatabase } from "./tables/index-database.ts";
import { indexUnit } from "./index-unit.ts";
import { lookAtShare, recallUnit } from "./known-unit.ts";
import type { Share } from "./walk/walk-source.ts";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ManifestsTable } from "./tables/manifests-table.ts";
import { manifestFolder } from "./manifest-store.ts";

const DAY = 24 * 60 * 60 * 1000;
/** ms; longer than any order waits for its window. */
const KEPT_FOR = 30 * DAY;
/** Kept of each unit regardless of age: systems hold some of these, and the next manifest is sent as a difference from them. */
const NEWEST = 3;

/** Removes manifests that are no longer needed, and partial files of an index that was killed. For worker threads. */
function pruneManifests(dataDir: string, database: ManifestsTable): void {
  const now = Date.now();
  const folder = manifestFolder(dataDir);
  database.pruneManifests(now - KEPT_FOR, NEWEST, (isKnown) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const modified = isKnown(name) ? undefined : statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      // A young file may be in the making.
      if (modified !== undefined && now - modified > DAY) rmSync(path, { force: true });
    }
  });
}

export interface WorkerSetup {
  dataDir: string;
}

export type WorkerTask = { source: UnitSource } & Pick<IndexContext, "root" | "witness" | "rehash" | "acceptOlder"> &
  (
    | { kind: "index" }
    /** State of a share of a source that may be known. */
    | { kind: "look"; share: Share }
    /** The stored result, if its shares are unchanged. */
    | { kind: "recall"; shares: Uint32Array[] }
  );

export interface WorkerRequest {
  task: WorkerTask;
  /** Its first number becomes 1 when the result is no longer wanted. */
  cancelled: Int32Array;
}

/** After "end" the thread ends. */
export type WorkerMessage = WorkerRequest | "end";

export type WorkerReply =
  | ({ kind: "progress" } & IndexProgress)
  | { kind: "done"; value: unknown }
  | { kind: "failed"; code: ErrorCode; message: string; path: string | undefined };

/** ms; at most four per second. */
const PROGRESS_EVERY = 250;

/** ms. */
const PRUNE_EVERY = 60 * 60 * 1000;

const { dataDir } = workerData as WorkerSetup;
/** Opened for the first task: what prevents that is the end of the task, not of the thread, and the next task tries again. */
let database: IndexDatabase | undefined;
const port = parentPort;
if (!port) throw new Error("this file runs in a worker: the content index starts it");
let prunedAt = Number.NEGATIVE_INFINITY;
const reply = (message: WorkerReply) => port.postMessage(message);

port.on("message", (request: WorkerMessage) => {
  if (request === "end") return port.close();
  const { task, cancelled } = request;
  try {
    reply({ kind: "done", value: work(task, progressTick(cancelled)) });
    if (task.kind === "index" && database) pruneNowAndThen(database);
  } catch (error) {
    const { code, message, path } = known(error);
    reply({ kind: "failed", code, message, path });
  }
});

/** Errors of SQLite and of the file system about the index and its manifests concern the data folder: sources have codes of their own. */
function known(error: unknown): SitewrightError {
  const { errcode, syscall, path } = sqliteErrorIn(error) as NodeJS.ErrnoException & { errcode?: number };
  if (errcode !== undefined) return dataFileError(indexFile(dataDir), error);
  return syscall === undefined ? SitewrightError.from(error) : dataFileError(path ?? dataDir, error);
}

function work(task: WorkerTask, tick: IndexContext["tick"]): unknown {
  const { source, root, witness, rehash, acceptOlder } = task;
  database ??= openIndexDatabase(dataDir);
  const context = { root, dataDir, database, witness, rehash, acceptOlder, tick };
  switch (task.kind) {
    case "look":
      return lookAtShare(source, context, task.share);
    case "recall":
      return recallUnit(source, context, task.shares);
    case "index":
      return indexUnit(source, context);
  }
}

function progressTick(cancelled: Int32Array): (progress: IndexProgress) => void {
  let last = performance.now();
  return ({ files, bytes }) => {
    if (Atomics.load(cancelled, 0) === 1) throw new SitewrightError("CANCELLED", "the indexing was cancelled");
    const now = performance.now();
    if (now - last < PROGRESS_EVERY) return;
    last = now;
    reply({ kind: "progress", files, bytes });
  };
}

function pruneNowAndThen(manifests: ManifestsTable): void {
  const now = performance.now();
  if (now - prunedAt < PRUNE_EVERY) return;
  prunedAt = now;
  try {
    pruneManifests(dataDir, manifests);
  } catch {
    // What could not be removed now is removed later; no caller waits for it.
  }
}
