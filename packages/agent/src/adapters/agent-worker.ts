import type { Worker } from "node:worker_threads";
import { startWorker } from "@sitewright/node-kit/threads";

/** What a thread may fill before it looks for garbage, MiB. By default it is several times that, for each thread. */
const YOUNG_MIB = 8;

/** Starts the worker file `name` that lies beside the module `from` (its `import.meta.url`). */
export function startAgentWorker(from: string, name: string, workerData?: unknown): Worker {
  return startWorker(from, name, {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    // Files are also opened by calls that node knows nothing of, and it would warn of each that is closed.
    trackUnmanagedFds: false,
  });
}
