import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { PeerOffer } from "@sitewright/protocol";
import { endWorker, onLoss } from "@sitewright/node-kit/threads";
import { startAgentWorker } from "../agent-worker.ts";
import type { FromWorker, SpanWork, StreamFailure, StreamProgress, StreamTarget, ToWorker } from "./messages.ts";

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
  /** Starts the threads, so that the first order does not wait for them. */
  warmUp(): void;
  open(target: StreamTarget, events: StreamEvents): StreamHandle;
  /** Ends the threads. All streams must have ended. */
  close(): Promise<void>;
}

const WORKERS = Math.min(4, Math.max(2, availableParallelism()));

interface Thread {
  worker: Worker;
  streams: Map<number, StreamEvents>;
}

/** Worker threads that receive, verify and write content. By default they start when first needed; one that dies is replaced. */
export function createFetchPool(): FetchPool {
  const threads: Thread[] = [];
  let streams = 0;

  function start(): Thread {
    const thread: Thread = { worker: startAgentWorker(import.meta.url, "fetch-worker"), streams: new Map() };
    const { worker } = thread;
    worker.unref();
    worker.on("message", (message: FromWorker) => {
      const events = thread.streams.get(message.stream);
      if (message.kind === "opened") events?.opened(message.roundTripMs);
      else if (message.kind === "progress") events?.progress(message.progress);
      else if (message.kind === "elsewhere") events?.elsewhere(message.span, message.chunks, message.offer);
      else {
        thread.streams.delete(message.stream);
        if (thread.streams.size === 0) worker.unref();
        events?.ended(message.failure);
      }
    });
    onLoss(worker, "a fetch worker", (message) => lose(thread, message));
    threads.push(thread);
    return thread;
  }

  function lose(thread: Thread, message: string): void {
    const at = threads.indexOf(thread);
    if (at >= 0) threads.splice(at, 1);
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
      while (threads.length < WORKERS) start();
    },
    open(target, events) {
      const stream = ++streams;
      const thread = leastBusy();
      const { worker } = thread;
      const tell = (message: ToWorker) => worker.postMessage(message);
      thread.streams.set(stream, events);
      worker.ref();
      tell({ kind: "open", stream, target });
      return {
        ask: (work) => tell({ kind: "ask", stream, work }),
        close: () => tell({ kind: "close", stream }),
      };
    },
    async close() {
      await Promise.all(threads.map(({ worker }) => endWorker(worker, { kind: "end" } satisfies ToWorker)));
    },
  };
}
