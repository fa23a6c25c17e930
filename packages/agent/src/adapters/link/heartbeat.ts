/** Silence after which a link counts as dead; the coordinator pings every 5 s. */
export const SILENCE_MS = 15_000;

export interface Heartbeat {
  /** The other side gave a sign of life. */
  touch(): void;
  stop(): void;
}

/** Calls `onSilence` once when nothing was heard for `silenceMs`. */
export function watchSilence(silenceMs: number, onSilence: () => void): Heartbeat {
  const timer = setTimeout(onSilence, silenceMs);
  return {
    touch: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}
