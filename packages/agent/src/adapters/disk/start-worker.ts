import { Worker } from "node:worker_threads";

/** What a thread may fill before it looks for garbage, MiB. By default it is several times that, for each thread. */
const YOUNG_MIB = 8;

/** Starts the worker file `name` that lies beside the module `from` (its `import.meta.url`), be it TypeScript as in tests or bundled. */
export function startWorker(from: string, name: string, workerData?: unknown): Worker {
  const fromSource = from.endsWith(".ts");
  return new Worker(new URL(`./${name}${fromSource ? ".ts" : ".js"}`, from), {
    // Files are also opened by calls that node knows nothing of, and it would warn of each that is closed.
    trackUnmanagedFds: false,
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    execArgv: fromSource ? ["--conditions=@sitewright/source"] : [],
  });
}
