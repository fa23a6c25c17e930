import { isIPv6 } from "node:net";
import type { Worker } from "node:worker_threads";
import {
  isPeerEndpoint,
  SitewrightError,
  type ContentPart,
  type ContentQuery,
  type Digest,
  type PeerAccess,
  type PeerEndpoint,
  type Unit,
} from "@sitewright/protocol";
import type { ContentAnswers, Log, PeerEndpoints } from "../../app/ports/link.ts";
import type { HeldContent } from "../../domain/tree/held-places.ts";
import { endWorker } from "@sitewright/node-kit/threads";
import { startAgentWorker, THREAD_IDLE_MS } from "../agent-worker.ts";
import type { FromPeerWorker, PeerWorkerSetup, ToPeerWorker } from "./messages.ts";

export interface PeerEndpointOptions {
  dataDir: string;
  /** Where to listen; by default at the local address of the link to the coordinator, at any free port. */
  listen?: PeerEndpoint;
  whereHeld(unit: Unit, manifest: Digest): HeldContent | undefined;
  /** Role roots that may hold a unit. Throws `ROOT_AWAY` while the disk of one is absent. */
  rootsFor(unit: Unit): string[];
  log: Log;
  /** Time until its thread ends, if nothing listens. */
  idleMs?: number;
}

export interface PeerEndpointKeeper extends PeerEndpoints, ContentAnswers {
  /** Whether the coordinator reported any. */
  hasNeighbours(): boolean;
  isOpen(): boolean;
  /** Whether there is a thread. */
  isRunning(): boolean;
  close(): Promise<void>;
}

/**
 * Serves neighbours, and the coordinator where the site data have lost content, from a thread of its own, which starts on demand and ends
 * when it does not listen and has nothing to answer.
 */
export function createPeerEndpoint({
  dataDir,
  listen,
  whereHeld,
  rootsFor,
  log,
  idleMs = THREAD_IDLE_MS,
}: PeerEndpointOptions): PeerEndpointKeeper {
  let worker: Worker | undefined;
  let hasNeighbours = false;
  let isOpen = false;
  let waiting: ((port: number | undefined) => void) | undefined;
  /** Queries whose answer is read. */
  const queries = new Map<number, { id: number; resolve: (parts: ContentPart[]) => void }>();
  let lastQuery = 0;
  let idle: NodeJS.Timeout | undefined;
  let ending: Promise<void> | undefined;

  function settle(port: number | undefined): void {
    isOpen = port !== undefined;
    waiting?.(port);
    waiting = undefined;
  }

  function start(): Worker {
    const started = startAgentWorker(import.meta.url, "peer-worker", { dataDir } satisfies PeerWorkerSetup);
    started.unref();
    started.on("message", (message: FromPeerWorker) => {
      if (message.kind === "listening") settle(message.port);
      else if (message.kind === "answer") {
        queries.get(message.call)?.resolve(message.parts);
        queries.delete(message.call);
        if (!hasNeighbours && queries.size === 0) rest();
      } else if (message.kind === "look-up") tell({ kind: "held", call: message.call, held: whereHeld(message.unit, message.manifest) });
      else {
        log("warn", `neighbours cannot be served: ${message.message}; use --peer-listen HOST:PORT, or --no-peers`);
        settle(undefined);
      }
    });
    started.on("error", (error) => log("error", "the thread that serves neighbours failed", { err: error }));
    started.on("exit", () => {
      if (worker !== undefined && worker !== started) return; // it ended without work, and its successor has some
      worker = undefined;
      settle(undefined);
      const failure = { code: "IO_ERROR", message: "the thread that reads content ended" } as const;
      for (const { id, resolve } of queries.values()) resolve([{ kind: "content-part", id, last: true, failure }]);
      queries.clear();
    });
    return started;
  }

  function need(): Worker {
    clearTimeout(idle);
    return (worker ??= start());
  }

  function rest(): void {
    clearTimeout(idle);
    idle = setTimeout(() => void end(), idleMs).unref();
  }

  async function end(): Promise<void> {
    clearTimeout(idle);
    const last = worker;
    worker = undefined;
    if (last) ending = endWorker(last, { kind: "end" } satisfies ToPeerWorker);
    await ending;
  }

  function tell(message: ToPeerWorker): void {
    worker?.postMessage(message);
  }

  return {
    hasNeighbours: () => hasNeighbours,
    isOpen: () => isOpen,
    isRunning: () => worker !== undefined,
    async open({ key, now, gone = [] }: PeerAccess, localAddress) {
      hasNeighbours = true;
      const local = localAddress.replace(/^::ffff:/i, "");
      const host = listen?.host ?? local;
      need();
      settle(undefined);
      const listening = new Promise<number | undefined>((resolve) => (waiting = resolve));
      tell({ kind: "listen", host, port: listen?.port ?? 0, tickets: { key, now }, gone });
      const port = await listening;
      const endpoint = { host: isWildcard(host) ? local : host, port: port ?? 0 };
      return port !== undefined && isPeerEndpoint(endpoint) ? endpoint : undefined;
    },
    answer(query: ContentQuery) {
      need();
      return new Promise((resolve) => {
        const call = ++lastQuery;
        queries.set(call, { id: query.id, resolve });
        try {
          const { unit, want } = query;
          const held = want.kind === "chunks" ? whereHeld(unit, want.manifest) : undefined;
          const roots = want.kind === "definitions" || want.kind === "file" ? rootsFor(unit) : [];
          tell({ kind: "query", call, query, roots, ...(held ? { held } : {}) });
        } catch (error) {
          queries.delete(call);
          const { code, message } = SitewrightError.from(error);
          resolve([{ kind: "content-part", id: query.id, last: true, failure: { code, message } }]);
        }
      });
    },
    close: end,
  };
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || (isIPv6(host) && /^[0:]+$/.test(host));
}
