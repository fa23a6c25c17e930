import type { Worker } from "node:worker_threads";
import { SitewrightError } from "@sitewright/protocol";
import type { IndexProgress } from "../../app/ports/content.ts";
import { endWorker, startWorker } from "@sitewright/node-kit/threads";
import type { WorkerMessage, WorkerReply, WorkerRequest, WorkerSetup, WorkerTask } from "./index-worker.ts";

/** Worker threads, each with one task at a time; further tasks wait. */
export interface IndexPool {
  run(task: WorkerTask, onProgress: (progress: IndexProgress) => void, signal: AbortSignal | undefined): Promise<unknown>;
  /** Ends the threads; running tasks fail with `CANCELLED`. */
  close(): Promise<void>;
}

/**
 * Heap limit of a thread. Work is done entry by entry and garbage is collected early, so that the process stays small; the limit is for
 * unforeseen cases.
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

/** ms. Heap of an idle thread is released, because serving content needs the memory. */
const IDLE = 10_000;

/** Threads are started on demand, and end when idle. */
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
    if (!seats.has(seat)) return; // it is ending
    seat.idle = setTimeout(() => void end(seat), IDLE).unref();
    next();
  }

  async function end(seat: Seat): Promise<void> {
    seats.delete(seat);
    if (seat.job) Atomics.store(seat.job.request.cancelled, 0, 1);
    await endWorker(seat.worker, "end" satisfies WorkerMessage);
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
          if (waiting < 0) return; // Its thread notices that later, and only then is free for another.
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
      await Promise.all([...seats].map(end));
    },
  };
}

function cancelled(message: string): SitewrightError {
  return new SitewrightError("CANCELLED", message);
}
