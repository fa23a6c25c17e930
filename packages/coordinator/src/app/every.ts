import type { Log } from "./log.ts";

export interface Repeated {
  /** Resolves when the current call has ended; there is no further one. */
  stop(): Promise<void>;
}

/**
 * Calls a function repeatedly, each time `ms` after the previous call ended; a failure is logged as `what`, and the function is called
 * again.
 */
export function every(ms: number, what: string, work: () => Promise<void>, log: Log): Repeated {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  async function once(): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn({ error: String(error) }, what);
    }
    schedule();
  }
  function schedule(): void {
    if (!stopped) timer = setTimeout(() => void (underWay = once()), ms);
  }
  schedule();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
