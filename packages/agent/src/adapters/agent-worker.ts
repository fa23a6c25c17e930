import type { Worker } from "node:worker_threads";
import { startWorker } from "@sitewright/node-kit/threads";

/** Heap size at which a thread collects garbage, MiB. The default is several times that, for each thread. */
const YOUNG_MIB = 8;

/**
 * Time until a thread without work ends, ms: an idle agent's memory is mostly that of its threads. Far above the pauses within a run, so
 * that no thread is started again and again.
 */
export const THREAD_IDLE_MS = 30_000;

/** Starts the worker file `name` that lies beside the module `from` (its `import.meta.url`). */
export function startAgentWorker(from: string, name: string, workerData?: unknown): Worker {
  return startWorker(from, name, {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    // Descriptors are also opened by native calls unknown to Node, which would warn for each one closed.
    trackUnmanagedFds: false,
  });
}
