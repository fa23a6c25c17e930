/**
 * What all streams of one order have under way together. Whoever may go on is booked at once: of several streams that wait for the
 * same bytes of the window only one gets them.
 */
export interface OrderWindow {
  /** Bytes that began and are not taken; those of them that left. */
  underWay: number;
  out: number;
  /** Bytes that have room and wait for the line. */
  leaving: number;
  /** Whether streams wait for the agent alone: where one waits for the line, the others wait for that. */
  isHeld(): boolean;
  /** Resolves with what `attempt` returns, as soon as that is defined. Rejects with the signal's reason. */
  until<T>(attempt: () => T | undefined, signal: AbortSignal): Promise<T>;
  /** There is more room: those who wait try again, in the order in which they came. */
  settle(): void;
}

export function openOrderWindow(): OrderWindow {
  const waiting = new Set<() => void>();
  const window: OrderWindow = {
    underWay: 0,
    out: 0,
    leaving: 0,
    isHeld: () => waiting.size > 0 && window.leaving === 0,
    settle() {
      for (const attempt of waiting) attempt();
    },
    until<T>(attempt: () => T | undefined, signal: AbortSignal): Promise<T> {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const now = attempt();
        if (now !== undefined) return resolve(now);
        const leave = (): void => {
          waiting.delete(again);
          reject(signal.reason as Error);
        };
        const again = (): void => {
          const value = attempt();
          if (value === undefined) return;
          waiting.delete(again);
          signal.removeEventListener("abort", leave);
          resolve(value);
        };
        waiting.add(again);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
  };
  return window;
}
