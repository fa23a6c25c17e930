import { SitewrightError, type Digest, type Ranges } from "@sitewright/protocol";
import type { ChunkSource, ManifestSource } from "../../app/ports/content.ts";
import { SLOT } from "./frame-filler.ts";
import type { FilledSlot, ContentCall, ContentNotice, ContentReply, ContentRequest, ContentWorkerSetup } from "./messages.ts";
import { isDigest } from "./stored-manifest.ts";
import { clearUnpacked } from "./unpacked-manifest.ts";
import type { Worker } from "node:worker_threads";
import { endWorker, startWorker } from "@sitewright/node-kit/threads";

/** One thread that reads and packs. Started on first use, and again after it was lost. */
interface ContentThread {
  /** Rejects with the thread's error, or with `CONTENT_UNAVAILABLE` when it ends. */
  call(request: ContentCall): Promise<unknown>;
  tell(notice: ContentNotice): void;
  close(): Promise<void>;
}

/** The thread's objects are short-lived: collecting them often keeps its heap small. */
const LIMITS = { maxYoungGenerationSizeMb: 6 };

function openContentThread(setup: ContentWorkerSetup): ContentThread {
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
    const started = startWorker(import.meta.url, "content-worker", { workerData: setup, resourceLimits: LIMITS });
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
      if (worker) await endWorker(worker, "end" satisfies ContentRequest);
    },
  };
}

/** The threads that read sources and pack content; one manifest is always served by the same thread. */
export interface ContentThreads {
  /** Undefined when this coordinator does not have the manifest. */
  openChunks(digest: Digest): Promise<ChunkSource | undefined>;
  openManifest(digest: Digest, bases: readonly Digest[], from: number): Promise<ManifestSource | undefined>;
  /** The manifest was made again, perhaps from other files: its table is made again too, in advance. */
  renew(digest: Digest): void;
  close(): Promise<void>;
}

const THREADS = 2;
/** Of all threads together, bytes. */
const PACKED_CACHE = 32 * 1024 * 1024;
const TABLE_CACHE = 32 * 1024 * 1024;
/** Slots of a stream: one is filled while the other one is sent. */
const SLOTS = 2;
/** Pairs of slots that are kept for later streams. */
const SPARE = 16;

/** @param root Site data, as its real path. */
export function openContentThreads(root: string, dataDir: string): ContentThreads {
  clearUnpacked(dataDir);
  const setup = { root, dataDir, packedCache: PACKED_CACHE / THREADS, tableCache: TABLE_CACHE / THREADS };
  const threads = Array.from({ length: THREADS }, () => openContentThread(setup));
  const spare: SharedArrayBuffer[][] = [];
  let last = 0;

  // One thread per manifest: its table exists once, and a bundle is packed once for all requesters.
  const threadOf = (digest: Digest): ContentThread => threads[parseInt(digest.slice(0, 8), 16) % THREADS] as ContentThread;

  return {
    async openChunks(digest) {
      if (!isDigest(digest)) return undefined;
      const slots = spare.pop() ?? Array.from({ length: SLOTS }, () => new SharedArrayBuffer(SLOT));
      const giveBack = (): void => void (spare.length < SPARE && spare.push(slots));
      const [thread, id] = [threadOf(digest), ++last];
      const chunks = (await thread.call({ kind: "open", id, digest, slots })) as number | undefined;
      if (chunks !== undefined) return chunkSource({ thread, id, chunks }, slots, giveBack);
      giveBack();
      return undefined;
    },
    async openManifest(digest, bases, from) {
      if (!isDigest(digest)) return undefined;
      const [thread, id] = [threadOf(digest), ++last];
      const base = (await thread.call({ kind: "open-manifest", id, digest, bases: [...bases], from })) as Digest | null | undefined;
      if (base === undefined) return undefined;
      return {
        base: base ?? undefined,
        next: () => thread.call({ kind: "part", id }) as Promise<Uint8Array | undefined>,
        close: () => thread.tell({ kind: "close", id }),
      };
    },
    renew: (digest) => threadOf(digest).tell({ kind: "renew", digest }),
    close: async () => void (await Promise.all(threads.map((thread) => thread.close()))),
  };
}

function chunkSource(
  { thread, id, chunks }: { thread: ContentThread; id: number; chunks: number },
  slots: SharedArrayBuffer[],
  giveBack: () => void,
): ChunkSource {
  const views = slots.map((slot) => new Uint8Array(slot));
  let under: Promise<unknown> = Promise.resolve();
  let filling = 0;
  let asked = 0;
  let served = 0;
  let closed = false;
  return {
    chunks,
    waiting: () => asked - served,
    ask(ranges: Ranges) {
      asked += ranges.length;
      thread.tell({ kind: "ask", id, ranges });
    },
    async next(packing) {
      if (closed) throw new SitewrightError("CONTENT_UNAVAILABLE", "the source was closed");
      const slot = filling++ % SLOTS;
      const filled = thread.call({ kind: "fill", id, slot, packing }) as Promise<FilledSlot>;
      under = filled.catch(() => undefined);
      const { bytes, failed, taken } = await filled;
      served = taken;
      return { bytes: (views[slot] as Uint8Array).subarray(0, bytes), failed };
    },
    close() {
      if (closed) return;
      closed = true;
      thread.tell({ kind: "close", id });
      // The thread may still be writing into them.
      void under.then(giveBack);
    },
  };
}
