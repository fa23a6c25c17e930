import type { Worker } from "node:worker_threads";
import { SitewrightError } from "@sitewright/protocol";
import type { IndexProgress } from "../../app/ports.ts";
import { startWorker } from "@sitewright/node-kit/threads";
import type { WorkerReply, WorkerRequest, WorkerSetup, WorkerTask } from "./index-worker.ts";

/** Worker threads that take one task at a time each; tasks beyond that wait in line. */
export interface IndexPool {
  run(task: WorkerTask, onProgress: (progress: IndexProgress) => void, signal: AbortSignal | undefined): Promise<unknown>;
  /** Ends the threads; what is under way fails with `CANCELLED`. */
  close(): Promise<void>;
}

/**
 * What a thread may hold of objects. Its work is done entry by entry, and what it drops is collected early, so that the process stays
 * small; the bound is there for what nobody thought of.
 */
const HEAP = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 };

interface Job {
  request: WorkerRequest;
  onProgress: (progress: IndexProgress) => void;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface Seat {
  worker: Worker;
  job: Job | undefined;
  /** Runs while it has no job. */
  idle: NodeJS.Timeout | undefined;
}

/** ms. What a thread has gathered in its heap is given back while others need the memory to serve content. */
const IDLE = 10_000;

/** Threads are started when they are needed, and end when they are not. */
export function openIndexPool(size: number, setup: WorkerSetup): IndexPool {
  const seats = new Set<Seat>();
  const queue: Job[] = [];
  let closed = false;

  function start(): Seat {
    const worker = startWorker(import.meta.url, "index-worker", { workerData: setup, resourceLimits: HEAP });
    const seat: Seat = { worker, job: undefined, idle: undefined };
    seats.add(seat);
    seat.worker.on("message", (reply: WorkerReply) => answer(seat, reply));
    const lost = (error: Error) => {
      seats.delete(seat);
      seat.job?.reject(error);
      seat.job = undefined;
      if (!closed) next();
    };
    seat.worker.on("error", (error) => lost(error instanceof Error ? error : new Error(String(error))));
    seat.worker.on("exit", () => lost(cancelled("the content index was closed")));
    return seat;
  }

  function answer(seat: Seat, reply: WorkerReply): void {
    const { job } = seat;
    if (reply.kind === "progress") {
      job?.onProgress({ files: reply.files, bytes: reply.bytes });
      return;
    }
    seat.job = undefined;
    if (reply.kind === "done") job?.resolve(reply.value);
    else job?.reject(new SitewrightError(reply.code, reply.message, reply.path === undefined ? {} : { path: reply.path }));
    seat.idle = setTimeout(() => end(seat), IDLE).unref();
    next();
  }

  function end(seat: Seat): void {
    seats.delete(seat);
    void seat.worker.terminate();
  }

  function next(): void {
    const free = [...seats].find((seat) => !seat.job) ?? (seats.size < size && queue.length > 0 ? start() : undefined);
    const job = free && queue.shift();
    if (!job) return;
    clearTimeout(free.idle);
    free.job = job;
    free.worker.postMessage(job.request);
  }

  return {
    run(task, onProgress, signal) {
      if (closed || signal?.aborted) return Promise.reject(cancelled("the indexing was cancelled"));
      return new Promise((resolve, reject) => {
        const flag = new Int32Array(new SharedArrayBuffer(4));
        const job: Job = { request: { task, cancelled: flag }, onProgress, resolve: done(resolve), reject: done(reject) };
        const onAbort = () => {
          Atomics.store(flag, 0, 1);
          const waiting = queue.indexOf(job);
          if (waiting < 0) return; // Its thread notices, and is free for another only then.
          queue.splice(waiting, 1);
          job.reject(cancelled("the indexing was cancelled"));
        };
        function done<T>(settle: (value: T) => void): (value: T) => void {
          return (value) => {
            signal?.removeEventListener("abort", onAbort);
            settle(value);
          };
        }
        signal?.addEventListener("abort", onAbort);
        queue.push(job);
        next();
      });
    },
    async close() {
      closed = true;
      for (const job of queue.splice(0)) job.reject(cancelled("the content index was closed"));
      await Promise.all([...seats].map((seat) => seat.worker.terminate()));
    },
  };
}

function cancelled(message: string): SitewrightError {
  return new SitewrightError("CANCELLED", message);
}
