import type { Log } from "./log.ts";

export interface Repeated {
  /** Resolves when what is under way is done; it is not done again. */
  stop(): Promise<void>;
}

/** Does something again and again, each time `ms` after it ended; what fails is logged as `what` and tried again. */
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
