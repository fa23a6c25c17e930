/** Wakes the waiters for news about one key. */
export interface Signals {
  notify(key: string): void;
  /** Returns on news, after `ms`, or when aborted. No news is lost between a check and this call unless something is awaited in between. */
  wait(key: string, ms: number, signal: AbortSignal): Promise<void>;
}

export function createSignals(): Signals {
  const waiting = new Map<string, Set<() => void>>();
  return {
    notify(key) {
      for (const wake of waiting.get(key) ?? []) wake();
    },
    wait(key, ms, signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wakers = waiting.get(key) ?? new Set();
        waiting.set(key, wakers);
        const wake = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", wake);
          wakers.delete(wake);
          if (wakers.size === 0) waiting.delete(key);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        signal.addEventListener("abort", wake);
        wakers.add(wake);
      });
    },
  };
}
