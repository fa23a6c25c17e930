import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { PeerOffer } from "@sitewright/protocol";
import { endWorker, onLoss } from "@sitewright/node-kit/threads";
import { startAgentWorker, THREAD_IDLE_MS } from "../agent-worker.ts";
import type { FromWorker, MediumTarget, SpanWork, StreamFailure, StreamProgress, StreamTarget, ToWorker } from "./messages.ts";

export interface StreamEvents {
  opened(roundTripMs: number): void;
  progress(progress: StreamProgress): void;
  /** As the worker reports. */
  elsewhere(span: number, chunks: number[], offer: PeerOffer): void;
  /** Nothing of it is open any more. Undefined: it was closed. */
  ended(failure: StreamFailure | undefined): void;
}

export interface StreamHandle {
  ask(work: SpanWork): void;
  /** To be waited for: `ended`. */
  close(): void;
}

export interface FetchPool {
  /** Starts all threads, so that an order does not wait for them. */
  warmUp(): void;
  /** Number of threads. */
  threads(): number;
  open(target: StreamTarget | MediumTarget, events: StreamEvents): StreamHandle;
  /** Ends the threads. All streams must have ended. */
  close(): Promise<void>;
}

const WORKERS = Math.min(4, Math.max(2, availableParallelism()));

interface Thread {
  worker: Worker;
  streams: Map<number, StreamEvents>;
  /** Runs while it has no stream. */
  idle: NodeJS.Timeout | undefined;
}

/** Worker threads that receive, verify and write content. They start on demand, and end after `idleMs` without a stream; one that dies is replaced. */
export function createFetchPool(idleMs = THREAD_IDLE_MS): FetchPool {
  const threads: Thread[] = [];
  const ending = new Set<Promise<void>>();
  let streams = 0;

  function start(): Thread {
    const thread: Thread = { worker: startAgentWorker(import.meta.url, "fetch-worker"), streams: new Map(), idle: undefined };
    const { worker } = thread;
    worker.unref();
    worker.on("message", (message: FromWorker) => {
      const events = thread.streams.get(message.stream);
      if (message.kind === "opened") events?.opened(message.roundTripMs);
      else if (message.kind === "progress") events?.progress(message.progress);
      else if (message.kind === "elsewhere") events?.elsewhere(message.span, message.chunks, message.offer);
      else {
        thread.streams.delete(message.stream);
        if (thread.streams.size === 0) rest(thread);
        events?.ended(message.failure);
      }
    });
    onLoss(worker, "a fetch worker", (message) => lose(thread, message));
    threads.push(thread);
    return thread;
  }

  function rest(thread: Thread): void {
    thread.worker.unref();
    clearTimeout(thread.idle);
    thread.idle = setTimeout(() => end(thread), idleMs).unref();
  }

  function forget(thread: Thread): void {
    clearTimeout(thread.idle);
    const at = threads.indexOf(thread);
    if (at >= 0) threads.splice(at, 1);
  }

  function end(thread: Thread): void {
    forget(thread);
    const ended = endWorker(thread.worker, { kind: "end" } satisfies ToWorker).finally(() => ending.delete(ended));
    ending.add(ended);
  }

  function lose(thread: Thread, message: string): void {
    forget(thread);
    const lost = [...thread.streams.values()];
    thread.streams.clear();
    for (const events of lost) events.ended({ code: "IO_ERROR", message, path: undefined, hungUp: false });
  }

  function leastBusy(): Thread {
    const [least] = threads.toSorted((a, b) => a.streams.size - b.streams.size);
    return least && (least.streams.size === 0 || threads.length >= WORKERS) ? least : start();
  }

  return {
    warmUp() {
      while (threads.length < WORKERS) rest(start());
    },
    threads: () => threads.length,
    open(target, events) {
      const stream = ++streams;
      const thread = leastBusy();
      const { worker } = thread;
      const tell = (message: ToWorker) => worker.postMessage(message);
      clearTimeout(thread.idle);
      thread.streams.set(stream, events);
      worker.ref();
      tell({ kind: "open", stream, target });
      return {
        ask: (work) => tell({ kind: "ask", stream, work }),
        close: () => tell({ kind: "close", stream }),
      };
    },
    async close() {
      threads.splice(0).forEach(end);
      await Promise.all(ending);
    },
  };
}
