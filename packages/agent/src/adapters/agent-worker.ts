import type { Worker } from "node:worker_threads";
import { startWorker } from "@sitewright/node-kit/threads";

/** Heap size at which a thread collects garbage, MiB. The default is several times that, for each thread. */
const YOUNG_MIB = 8;

/** Starts the worker file `name` that lies beside the module `from` (its `import.meta.url`). */
export function startAgentWorker(from: string, name: string, workerData?: unknown): Worker {
  return startWorker(from, name, {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    // Descriptors are also opened by native calls unknown to Node, which would warn for each one closed.
    trackUnmanagedFds: false,
  });
}
