import { Worker } from "node:worker_threads";

/** What a thread may fill before it looks for garbage, MiB. By default it is several times that, for each thread. */
const YOUNG_MIB = 8;

const FROM_SOURCE = import.meta.url.endsWith(".ts");

/** Starts `<name>.ts`, named as seen from beside this file, or what it was compiled to. */
export function startWorker(name: string, workerData?: unknown): Worker {
  return new Worker(new URL(FROM_SOURCE ? `./${name}.ts` : `./${name}.js`, import.meta.url), {
    // Files are also opened by calls that node knows nothing of, and it would warn of each that is closed.
    trackUnmanagedFds: false,
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    execArgv: FROM_SOURCE ? ["--conditions=@sitewright/source"] : [],
  });
}
