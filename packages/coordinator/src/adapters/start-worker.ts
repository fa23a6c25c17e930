import { Worker, type ResourceLimits } from "node:worker_threads";

/**
 * Starts the worker file `name` that lies beside the module `from` (its `import.meta.url`), be it TypeScript as in development and tests or
 * compiled.
 */
export function startWorker(from: string, name: string, workerData: unknown, resourceLimits: ResourceLimits = {}): Worker {
  const fromSource = from.endsWith(".ts");
  const file = new URL(`./${name}${fromSource ? ".ts" : ".js"}`, from);
  return new Worker(file, { workerData, resourceLimits, execArgv: fromSource ? ["--conditions=@sitewright/source"] : [] });
}
