import { chownSync, lstatSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { dirname } from "node:path";
import { isErrorCode, LIMITS, SitewrightError, type SiteBackupRun } from "@sitewright/protocol";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import type { SiteBackupService } from "../../app/ports/link.ts";
import type { LastVerified } from "../../app/site-backup/alerts.ts";
import type { ListedRun } from "../../app/site-backup/ports.ts";
import { firstLine } from "../first-line.ts";
import { connectLocal } from "../local-socket.ts";
import type { BackupService, BackupStatus } from "../../app/site-backup/backup-service.ts";

/** Characters of a question, and of an answer. */
const [LARGEST_QUESTION, LARGEST_ANSWER] = [1024, 1024 * 1024];
/** Time limit of a question, and of its answer, ms. */
const LIMIT_MS = 10_000;
/** Questions at once. */
const MOST = 8;

export interface ServeOptions {
  /** Of a socket, or of a named pipe of Windows. */
  path: string;
  /** Account that may ask besides this one. */
  uid?: number;
}

/**
 * Answers the agent, which has other rights: it can begin a backup and ask for the status, and says nothing else. Throws `BAD_REQUEST` if
 * another process serves there.
 */
export async function serveBackups(service: BackupService, { path, uid }: ServeOptions): Promise<AsyncDisposable> {
  if (!isPipe(path)) await makeRoom(path);
  const server = createServer({ allowHalfOpen: true }, (socket) => void answer(service, socket));
  server.maxConnections = MOST;
  // From the first moment on it is closed to others.
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      // Of a pipe: it is the first of its name, or none.
      server.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "EADDRINUSE" ? served(path) : error));
      server.listen(path, resolve);
    });
  } finally {
    process.umask(before);
  }
  if (!isPipe(path)) {
    // The folder is this account's alone, so the name is still that of the socket.
    if (uid !== undefined && uid !== process.geteuid?.()) chownSync(path, uid, -1);
  }
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function isPipe(path: string): boolean {
  return path.startsWith("\\\\");
}

async function makeRoom(path: string): Promise<void> {
  const folder = dirname(path);
  makeFolder(folder, 0o711);
  const { uid, mode } = lstatSync(folder);
  if ((uid !== 0 && uid !== process.geteuid?.()) || (mode & 0o022) !== 0)
    throw new SitewrightError("DATA_DIR_UNSAFE", `others can write ${folder}: take another folder for the socket`, { path: folder });
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isSocket()) throw new SitewrightError("BAD_REQUEST", `${path} is there and no socket: name another place`, { path });
  const used = await askBackups(path, "status").then(
    () => true,
    () => false,
  );
  if (used) throw served(path);
  rmSync(path);
}

function served(path: string): SitewrightError {
  return new SitewrightError("BAD_REQUEST", `another process serves ${path}`, { path });
}

async function answer(service: BackupService, socket: Socket): Promise<void> {
  socket.setTimeout(LIMIT_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  try {
    const question = (await firstLine(socket, LARGEST_QUESTION)).trim();
    if (question !== "begin" && question !== "status") throw new SitewrightError("BAD_REQUEST", "a question is begin or status");
    if (question === "begin") service.begin("asked for by the agent");
    socket.end(`${JSON.stringify(await service.status())}\n`);
  } catch (error) {
    const { code, message } = SitewrightError.from(error);
    socket.end(`${JSON.stringify({ code, message })}\n`);
  }
}

/** That service, for the agent that serves orders. */
export function backupService(path: string): SiteBackupService {
  return {
    async ask(begin) {
      const { runs, running, due, verified } = await askBackups(path, begin ? "begin" : "status");
      return {
        ...(running === undefined ? {} : { running }),
        ...(due === undefined ? {} : { due }),
        runs: runs.slice(0, LIMITS.siteBackups).map((run) => summaryOf(run, verified)),
      };
    },
    alerts: async () => (await askBackups(path, "status")).alerts,
  };
}

function summaryOf({ archived, ...record }: ListedRun, last: LastVerified | undefined): SiteBackupRun {
  const { run, state, began, ended, added, parts, faults } = record;
  const [fault] = faults;
  const sum = (of: "files" | "bytes") => parts.reduce((total, part) => total + part[of], 0);
  return {
    run,
    state,
    began,
    ended,
    added,
    files: sum("files"),
    bytes: sum("bytes"),
    ...(fault === undefined ? {} : { fault }),
    ...(last?.run === run ? { verified: { at: last.at, bad: last.bad, notTested: last.notTested } } : {}),
    ...(archived === undefined ? {} : { archived }),
  };
}

/** Asks the service of this machine. Throws what it answers, and `NOT_FOUND` if there is none. */
async function askBackups(path: string, question: "begin" | "status"): Promise<BackupStatus> {
  let line: string;
  try {
    const socket = await connectLocal(path);
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)));
    // Not ended: a pipe of Windows has no half that could be closed, and the answer would be lost.
    socket.write(`${question}\n`);
    line = await firstLine(socket, LARGEST_ANSWER).finally(() => socket.destroy());
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new SitewrightError(
      "NOT_FOUND",
      `no backup service answers on ${path}${code === "ENOENT" ? "" : ` (${message})`}: start 'sitewright-agent site-backup serve' on this machine`,
      { path, cause },
    );
  }
  const answered = JSON.parse(line) as BackupStatus & { code?: string; message?: string };
  if (answered.code === undefined) return answered;
  throw new SitewrightError(isErrorCode(answered.code) ? answered.code : "INTERNAL", answered.message ?? "");
}
