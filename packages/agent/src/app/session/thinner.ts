/** Passes values on at most once per interval: the first immediately, then always the newest. */
export interface Thinner<T> {
  offer(value: T): void;
  /** Passes nothing on any more. */
  stop(): void;
}

/** @param intervalMs Minimum time between two values. */
export function createThinner<T>(intervalMs: number, emit: (value: T) => void): Thinner<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let newest: { value: T } | undefined;
  let stopped = false;

  function tick(): void {
    timer = undefined;
    if (!newest) return;
    const { value } = newest;
    newest = undefined;
    timer = setTimeout(tick, intervalMs);
    emit(value);
  }

  return {
    offer(value) {
      if (stopped) return;
      newest = { value };
      if (!timer) tick();
    },
    stop() {
      stopped = true;
      newest = undefined;
      clearTimeout(timer);
    },
  };
}
