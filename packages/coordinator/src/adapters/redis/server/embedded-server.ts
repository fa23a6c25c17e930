import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../../../app/log.ts";
import { hangUp } from "./connection.ts";
import { checkServerBinary } from "./server-binary.ts";
import { serverFolders, type ServerFolders } from "./server-folders.ts";

/** Loading a large file takes time; ms. */
const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 15_000;
const WATCH_MS = 300;
const MAX_RESTART_DELAY = 10_000;

export interface EmbeddedServer {
  socket: string;
  /** Stops the watch and the server; everything written is on disk when it returns. */
  stop(): Promise<void>;
}

/**
 * An own Redis on the data folder: the one that a killed coordinator left behind if it still answers, else a new one. It outlives the
 * coordinator, and is restarted when it dies. Throws `REDIS_MISSING`, `REDIS_TOO_OLD`, `REDIS_FOREIGN`, `REDIS_UNREACHABLE`.
 */
export async function startEmbeddedServer({ dataDir, log }: { dataDir: string; log: Log }): Promise<EmbeddedServer> {
  const folders = serverFolders(dataDir);
  await ensureRunning(folders, log);
  const stopped = new AbortController();
  const watching = watch(dataDir, log, stopped.signal);
  return {
    socket: folders.socket,
    async stop() {
      stopped.abort();
      await watching;
      await shutDown(folders);
    },
  };
}

async function ensureRunning(folders: ServerFolders, log: Log): Promise<void> {
  const running = await probe(folders.socket);
  if (running) {
    adopt(running, folders);
    log.info({ dir: folders.dir }, "took over the embedded Redis that was still running");
    return;
  }
  await checkServerBinary();
  await stopUnreachable(folders);
  await launch(folders);
  log.info({ dir: folders.dir, socket: folders.socket }, "started the embedded Redis");
}

function adopt(running: { dir: string }, { dir, socket }: ServerFolders): void {
  if (existsSync(running.dir) && realpathSync(running.dir) === dir) return;
  throw new SitewrightError(
    "REDIS_FOREIGN",
    `the Redis at ${socket} keeps its data in ${running.dir}, not in ${dir}: stop it, it belongs to another program`,
    { path: socket },
  );
}

/** The server on the socket; undefined: none. Throws `REDIS_UNREACHABLE` when a server accepts and does not answer. */
async function probe(socket: string): Promise<{ dir: string } | undefined> {
  const client = new Redis(socket, {
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: true,
    connectTimeout: 5_000,
    commandTimeout: START_TIMEOUT,
    maxRetriesPerRequest: 0,
  });
  let refusal: NodeJS.ErrnoException | undefined;
  client.on("error", (error: NodeJS.ErrnoException) => (refusal = error));
  try {
    await client.connect();
    const [, dir] = (await client.config("GET", "dir")) as string[];
    return { dir: dir ?? "" };
  } catch (cause) {
    const code = refusal?.code ?? (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ECONNRESET" || code === "EPIPE") return undefined;
    throw new SitewrightError(
      "REDIS_UNREACHABLE",
      `the Redis at ${socket} accepts connections and does not answer (${refusal?.message ?? String(cause)}): stop that process, then start the coordinator again`,
      { path: socket, cause },
    );
  } finally {
    hangUp(client);
  }
}

/** A server whose socket was removed would keep writing to the same files beside a new one. */
async function stopUnreachable({ dir, pidFile }: ServerFolders): Promise<void> {
  const pid = serverPid(pidFile, dir);
  if (pid === undefined) return;
  process.kill(pid, "SIGTERM");
  await waitUntil(
    () => !worksIn(pid, dir),
    STOP_TIMEOUT,
    `the Redis with process id ${pid} works on ${dir} and does not stop: stop it by hand`,
  );
}

/** The process that works in the folder, by its pid file and (if /proc shows it) its working folder. */
function serverPid(pidFile: string, dir: string): number | undefined {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0;
  return Number.isSafeInteger(pid) && pid > 1 && worksIn(pid, dir) ? pid : undefined;
}

function worksIn(pid: number, dir: string): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync("/proc/self") || readlinkSync(`/proc/${pid}/cwd`) === dir;
  } catch {
    return false;
  }
}

async function launch({ dir, socket, config, log, pidFile }: ServerFolders): Promise<void> {
  const quote = (text: string): string => JSON.stringify(text);
  const lines = [
    "port 0",
    `unixsocket ${quote(socket)}`,
    "unixsocketperm 700",
    `dir ${quote(dir)}`,
    `pidfile ${quote(pidFile)}`,
    "daemonize no",
    "appendonly yes",
    "appendfsync everysec",
    'save ""',
    "maxmemory-policy noeviction",
  ];
  writeFileSync(config, `${lines.join("\n")}\n`, { mode: 0o600 });
  const output = openSync(log, "w", 0o600);
  // Detached, so that signals that end the coordinator do not end it: after a kill the next coordinator finds it again.
  const child = spawn("redis-server", [config], { cwd: dir, detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`exit ${code ?? signal}`));
  });
  child.unref();
  const until = performance.now() + START_TIMEOUT;
  while (performance.now() < until) {
    const end = await Promise.race([ended, sleep(20)]);
    if (end !== undefined) throw startFailure(`it ended with ${end}`, log);
    if (await probe(socket)) return;
  }
  throw startFailure(`it did not answer for ${START_TIMEOUT / 1000} s`, log);
}

function startFailure(why: string, log: string): SitewrightError {
  const tail = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").slice(-3).join(" | ") : "";
  return new SitewrightError("REDIS_UNREACHABLE", `the embedded Redis did not start: ${why}; its log ${log} ends with: ${tail}`, {
    path: log,
  });
}

/** Restarts the server whenever it has ended. */
async function watch(dataDir: string, log: Log, signal: AbortSignal): Promise<void> {
  let delay = 0;
  while (await pause(delay + WATCH_MS, signal)) {
    try {
      // Created again in case the folder for temporary files was cleaned up.
      const folders = serverFolders(dataDir);
      if (serverPid(folders.pidFile, folders.dir) !== undefined && existsSync(folders.socket)) {
        delay = 0;
        continue;
      }
      log.warn({ dir: folders.dir }, "the embedded Redis has ended: starting it again");
      await ensureRunning(folders, log);
    } catch (error) {
      delay = Math.min(delay * 2 || 500, MAX_RESTART_DELAY);
      log.error({ error: String(error), delay }, "the embedded Redis could not be started again");
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

async function shutDown({ socket, dir, pidFile }: ServerFolders): Promise<void> {
  const pid = serverPid(pidFile, dir);
  if (pid === undefined) return;
  const client = new Redis(socket, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);
  // Writes and syncs the append-only file; there is no snapshot to save. The connection ends instead of an answer.
  await client.call("SHUTDOWN", "NOSAVE").catch(() => undefined);
  hangUp(client);
  await waitUntil(
    () => !worksIn(pid, dir),
    STOP_TIMEOUT,
    `the embedded Redis (process ${pid}) does not stop: stop it by hand; its data are safe`,
  );
  rmSync(dirname(socket), { recursive: true, force: true });
}

async function waitUntil(reached: () => boolean, timeoutMs: number, failure: string): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!reached()) {
    if (performance.now() > until) throw new SitewrightError("REDIS_UNREACHABLE", failure);
    await sleep(20);
  }
}
