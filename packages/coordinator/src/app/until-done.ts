import type { Log } from "./log.ts";

export interface UntilDone {
  /** Does it now, although a repetition may be due. */
  begin(): void;
  /** Nothing is begun any more. */
  stop(): void;
}

/** Does something that is asked for again until it succeeds: `ms` after each failure, which is logged as `what`. */
export function untilDone(ms: number, what: string, work: () => Promise<unknown>, log: Log): UntilDone {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function once(): Promise<void> {
    clearTimeout(timer);
    try {
      await work();
    } catch (error) {
      if (stopped) return;
      log.warn({ error: String(error) }, what);
      clearTimeout(timer);
      timer = setTimeout(() => void once(), ms);
    }
  }

  return {
    begin() {
      if (!stopped) void once();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
