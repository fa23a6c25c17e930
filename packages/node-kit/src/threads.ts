import { once } from "node:events";
import { realpathSync } from "node:fs";
import { parse } from "node:path";
import { getAsset, isSea } from "node:sea";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { systemCode } from "@sitewright/protocol";

/**
 * Starts the worker file `name` beside the module `from` (its `import.meta.url`), TypeScript as in tests or bundled. A single executable has
 * it inside.
 */
export function startWorker(
  from: string,
  name: string,
  options: Pick<WorkerOptions, "workerData" | "resourceLimits" | "trackUnmanagedFds"> = {},
): Worker {
  leaveRemovedFolder();
  if (isSea()) return new Worker(getAsset(`${name}.js`, "utf8"), { ...options, eval: true });
  const fromSource = from.endsWith(".ts");
  return new Worker(new URL(`./${name}${fromSource ? ".ts" : ".js"}`, from), {
    ...options,
    execArgv: fromSource ? ["--conditions=@sitewright/source"] : [],
  });
}

/** No thread starts in a folder that was removed, such as that of a release from which the program was started. */
function leaveRemovedFolder(): void {
  try {
    realpathSync.native(".");
  } catch (error) {
    if (systemCode(error) === "ENOENT") process.chdir(parse(process.execPath).root);
  }
}

/**
 * Reports the end of a thread, whatever its cause: first with an error if it failed. `what` names the thread, such as "a disk worker". May
 * be called twice for one thread.
 */
export function onLoss(worker: Worker, what: string, lost: (message: string) => void): void {
  worker.on("error", (error) => lost(`${what} failed: ${error instanceof Error ? error.message : String(error)}`));
  worker.on("exit", () => lost(`${what} ended`));
}

/**
 * Asks a thread by `message` to end, and waits until it has. Terminating one that is loading a native module, or just compressing, crashes
 * the whole process: Node.js then frees what it had only half made.
 */
export async function endWorker(worker: Worker, message: unknown): Promise<void> {
  worker.ref();
  const ended = once(worker, "exit").catch(() => {}); // a thread that fails now has ended as well
  worker.postMessage(message);
  await ended;
}
