import { Worker } from "node:worker_threads";

const FROM_SOURCE = import.meta.url.endsWith(".ts");

/** Starts `<name>.ts`, named as seen from beside this file, or what it was compiled to. */
export function startWorker(name: string): Worker {
  return new Worker(new URL(FROM_SOURCE ? `./${name}.ts` : `./${name}.js`, import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
    execArgv: FROM_SOURCE ? ["--conditions=@sitewright/source"] : [],
  });
}
