/**
 * ms since 1970, by a clock that begins as that of this machine and continues as its timers do: nobody sets it. For what lasts within this
 * process.
 */
export function steadyClock(): () => number {
  const began = Date.now() - performance.now();
  return () => Math.floor(began + performance.now());
}
