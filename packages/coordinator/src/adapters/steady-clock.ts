import type { Clock } from "../app/ports.ts";

/** Begins as the clock of this machine, and goes on as its timers do, whatever becomes of that clock. */
export function steadyClock(): Clock {
  const began = Date.now() - performance.now();
  return () => Math.floor(began + performance.now());
}
