import { statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import type { Disk, JobKind } from "../../app/ports/disk.ts";
import { diskError } from "./disk-error.ts";
import { platform } from "./platform/platform.ts";
import { endWorker, onLoss } from "@sitewright/node-kit/threads";
import { startAgentWorker } from "../agent-worker.ts";

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

function giveUp(stop: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(stop), 0, 1);
}

export interface DiskPool extends Disk {
  /** Starts the threads, so that the first order does not wait for them. */
  warmUp(): void;
  /** Cancels running and waiting jobs; ends the threads. */
  close(): Promise<void>;
}

/** Worker threads for everything that reads, hashes, unpacks or writes. By default they start when first needed. */
export function createDiskPool(): DiskPool {
  const idle: Worker[] = [];
  const busy = new Map<Worker, Task>();
  const waiting: Task[] = [];
  let closed = false;

  function start(): Worker {
    const worker = startAgentWorker(import.meta.url, "disk-worker");
    worker.unref();
    worker.on("message", (reply: WorkerReply) => {
      const task = busy.get(worker);
      busy.delete(worker);
      if (!closed) worker.unref();
      idle.push(worker);
      next();
      task?.done(reply);
    });
    onLoss(worker, "a disk worker", (message) => lose(worker, message));
    return worker;
  }

  function lose(worker: Worker, message: string): void {
    const task = busy.get(worker);
    busy.delete(worker);
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
    task?.done({ kind: "failed", code: "IO_ERROR", message, path: undefined });
    next();
  }

  function next(): void {
    if (closed || waiting.length === 0) return;
    const worker = idle.pop() ?? (busy.size < WORKERS ? start() : undefined);
    if (!worker) return;
    const task = waiting.shift() as Task;
    busy.set(worker, task);
    worker.ref();
    worker.postMessage(task.job);
  }

  return {
    warmUp() {
      while (idle.length + busy.size < WORKERS) idle.push(start());
    },
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
      for (const task of waiting.splice(0))
        task.done({ kind: "failed", code: "CANCELLED", message: "the agent is stopping", path: undefined });
      for (const task of busy.values()) giveUp(task.job.stop);
      await Promise.all([...idle, ...busy.keys()].map((worker) => endWorker(worker, "end")));
    },
  };
}
