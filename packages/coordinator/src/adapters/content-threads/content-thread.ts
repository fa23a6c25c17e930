import type { Worker } from "node:worker_threads";
import { SitewrightError } from "@sitewright/protocol";
import { startWorker } from "../start-worker.ts";
import type { ContentCall, ContentNotice, ContentReply, ContentRequest, ContentWorkerSetup } from "./messages.ts";

/** One thread that reads and packs. It is started when it is first needed, and again after it was lost. */
export interface ContentThread {
  /** Rejects with what the thread answers, or with `CONTENT_UNAVAILABLE` when it ends. */
  call(request: ContentCall): Promise<unknown>;
  tell(notice: ContentNotice): void;
  close(): Promise<void>;
}

/** What the thread makes is short-lived: it is collected often rather than kept. */
const LIMITS = { maxYoungGenerationSizeMb: 6 };

export function openContentThread(setup: ContentWorkerSetup): ContentThread {
  const calls = new Map<number, PromiseWithResolvers<unknown>>();
  let worker: Worker | undefined;
  let last = 0;
  let closed = false;

  function lost(from: Worker, cause?: unknown): void {
    if (worker !== from) return;
    worker = undefined;
    const open = [...calls.values()];
    calls.clear();
    for (const { reject } of open) reject(new SitewrightError("CONTENT_UNAVAILABLE", "the thread that reads content has ended", { cause }));
  }

  function start(): Worker {
    const started = startWorker(import.meta.url, "content-worker", setup, LIMITS);
    started.on("message", (reply: ContentReply) => {
      const waiting = calls.get(reply.call);
      calls.delete(reply.call);
      if ("failed" in reply) {
        const { code, message, path } = reply.failed;
        waiting?.reject(new SitewrightError(code, message, path === undefined ? {} : { path }));
      } else waiting?.resolve(reply.value);
    });
    started.on("error", (error) => lost(started, error));
    started.on("exit", () => lost(started));
    return started;
  }

  const post = (request: ContentRequest): void => {
    worker ??= start();
    worker.postMessage(request);
  };

  return {
    call(request) {
      if (closed) return Promise.reject(new SitewrightError("CONTENT_UNAVAILABLE", "the content index was closed"));
      const waiting = Promise.withResolvers<unknown>();
      calls.set(++last, waiting);
      post({ call: last, request });
      return waiting.promise;
    },
    tell(notice) {
      if (!closed) post({ notice });
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}
