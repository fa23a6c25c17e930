import { Worker, type ResourceLimits } from "node:worker_threads";

/**
 * Starts the worker file `name` that lies beside the module `from` (its `import.meta.url`), be it TypeScript as in development and tests or
 * bundled.
 * @param limits Of its heap.
 */
export function startWorker(from: string, name: string, workerData: unknown, limits: ResourceLimits = {}): Worker {
  const fromSource = from.endsWith(".ts");
  const file = new URL(`./${name}${fromSource ? ".ts" : ".js"}`, from);
  const execArgv = fromSource ? ["--conditions=@sitewright/source"] : [];
  return new Worker(file, { workerData, execArgv, resourceLimits: limits });
}
