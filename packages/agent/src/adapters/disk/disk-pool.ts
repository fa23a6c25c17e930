import { statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import type { Disk, JobKind } from "../../app/ports/disk.ts";
import { diskError } from "./disk-error.ts";
import { platform } from "./platform/platform.ts";
import { endWorker, onLoss } from "@sitewright/node-kit/threads";
import { startAgentWorker, THREAD_IDLE_MS } from "../agent-worker.ts";

/** What goes to a worker; each job goes to one worker, and each worker has one job at a time. */
export interface WorkerJob {
  root: string;
  kind: JobKind;
  /** The request of that kind; the caller's types guarantee it. */
  ask: never;
  /** Set to 1 to cancel the job. */
  stop: SharedArrayBuffer;
}

export type WorkerReply =
  | { kind: "answer"; answer: unknown }
  | { kind: "failed"; code: ErrorCode; message: string; path: string | undefined };

interface Task {
  job: WorkerJob;
  done(reply: WorkerReply): void;
}

const WORKERS = Math.min(4, availableParallelism());
/** A job waits this long for a busy thread before a further one is started, ms: starting one takes as much as thousands of short jobs. */
const PATIENCE_MS = 20;

function giveUp(stop: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(stop), 0, 1);
}

export interface DiskPool extends Disk {
  /** Starts a thread, so that the first job of an order does not wait for it. An order of a few files needs no other one. */
  warmUp(): void;
  /** Number of threads. */
  threads(): number;
  /** Cancels running and waiting jobs; ends the threads. */
  close(): Promise<void>;
}

/** Worker threads for everything that reads, hashes, unpacks or writes. They start on demand, and end after `idleMs` without a job. */
export function createDiskPool(idleMs = THREAD_IDLE_MS, patienceMs = PATIENCE_MS): DiskPool {
  /** The last one is used first, so that those that are not needed end. */
  const idle: { worker: Worker; since: NodeJS.Timeout }[] = [];
  const ending = new Set<Promise<void>>();
  const busy = new Map<Worker, Task>();
  const waiting: Task[] = [];
  let patience: NodeJS.Timeout | undefined;
  let closed = false;

  function start(): Worker {
    const worker = startAgentWorker(import.meta.url, "disk-worker");
    worker.unref();
    worker.on("message", (reply: WorkerReply) => {
      const task = busy.get(worker);
      busy.delete(worker);
      if (!closed) {
        worker.unref();
        rest(worker);
      }
      next();
      task?.done(reply);
    });
    onLoss(worker, "a disk worker", (message) => lose(worker, message));
    return worker;
  }

  function rest(worker: Worker): void {
    const since = setTimeout(() => end(take(worker)), idleMs).unref();
    idle.push({ worker, since });
  }

  /** Out of the idle ones. */
  function take<T extends Worker | undefined>(worker: T): T {
    const at = idle.findIndex((seat) => seat.worker === worker);
    if (at >= 0) clearTimeout(idle.splice(at, 1)[0]?.since);
    return worker;
  }

  function end(worker: Worker): void {
    const ended = endWorker(worker, "end").finally(() => ending.delete(ended));
    ending.add(ended);
  }

  function lose(worker: Worker, message: string): void {
    const task = busy.get(worker);
    busy.delete(worker);
    take(worker);
    task?.done({ kind: "failed", code: "IO_ERROR", message, path: undefined });
    next();
  }

  function next(): void {
    if (closed || waiting.length === 0) return;
    const rested = take(idle.at(-1)?.worker);
    if (rested) give(rested);
    else if (busy.size === 0) give(start());
    else if (busy.size < WORKERS) patience ??= setTimeout(startFurther, patienceMs);
  }

  function startFurther(): void {
    patience = undefined;
    if (waiting.length === 0) return;
    give(start());
    next();
  }

  /** The job that waits longest. */
  function give(worker: Worker): void {
    const task = waiting.shift() as Task;
    busy.set(worker, task);
    worker.ref();
    worker.postMessage(task.job);
  }

  return {
    warmUp() {
      if (!closed && idle.length + busy.size === 0) rest(start());
    },
    threads: () => idle.length + busy.size,
    run(root, kind, ask, options = {}) {
      const { signal } = options;
      return new Promise((resolve, reject) => {
        if (closed) {
          reject(new SitewrightError("CANCELLED", "the agent is stopping"));
          return;
        }
        const stop = new SharedArrayBuffer(4);
        const onAbort = () => giveUp(stop);
        if (signal?.aborted) onAbort();
        signal?.addEventListener("abort", onAbort, { once: true });
        waiting.push({
          job: { root, kind, ask: ask as never, stop },
          done(reply) {
            signal?.removeEventListener("abort", onAbort);
            if (reply.kind === "answer") resolve(reply.answer as never);
            else reject(new SitewrightError(reply.code, reply.message, reply.path === undefined ? {} : { path: reply.path }));
          },
        });
        next();
      });
    },
    keptMode: platform.keptMode,
    async freeBytes(root) {
      try {
        const { bavail, bsize } = await statfs(root);
        return bavail * bsize;
      } catch (error) {
        throw diskError(error, root, "");
      }
    },
    async close() {
      closed = true;
      clearTimeout(patience);
      for (const task of waiting.splice(0))
        task.done({ kind: "failed", code: "CANCELLED", message: "the agent is stopping", path: undefined });
      for (const task of busy.values()) giveUp(task.job.stop);
      for (const worker of [...idle.map((seat) => seat.worker), ...busy.keys()]) end(worker);
      for (const { since } of idle) clearTimeout(since);
      await Promise.all(ending);
    },
  };
}
