/** One direction of a line: bytes leave at the line's rate, in order, and arrive a fixed time later. */
export interface Direction {
  /** @param bytes of payload. @param arrive Called when they have crossed. */
  put(bytes: number, arrive: () => void): void;
  /** Whether this much waits that no more should be added before `onRoom` callbacks are called. */
  isFull(): boolean;
  onRoom(call: () => void): void;
  /** bit/s of IP packets, 0 for no limit; ms. */
  shape(rate: number, delay: number): void;
  /** Payload bytes added so far. */
  count(): number;
}

/** A packet of 1,500 bytes carries 1,448 of TCP payload. */
export const OVERHEAD = 1500 / 1448;
/** Limit of the queue before the line, bytes: a common size for a router. */
const QUEUE_BYTES = 256 * 1024;

export function createDirection(now: () => number = () => performance.now()): Direction {
  const under: { at: number; arrive: () => void }[] = [];
  let waiting: (() => void)[] = [];
  let bytesPerMs = Infinity;
  let delay = 0;
  /** When everything added so far will have left, ms. */
  let leftAt = 0;
  let total = 0;
  let timer: NodeJS.Timeout | undefined;

  const backlog = () => Math.max(0, leftAt - now()) * (bytesPerMs === Infinity ? 0 : bytesPerMs);

  function deliver(): void {
    timer = undefined;
    const time = now();
    let arrived = 0;
    while (arrived < under.length && (under[arrived]?.at ?? Infinity) <= time) arrived += 1;
    for (const { arrive } of under.splice(0, arrived)) arrive();
    if (waiting.length > 0 && backlog() < QUEUE_BYTES / 2) {
      const calls = waiting;
      waiting = [];
      for (const call of calls) call();
    }
    schedule();
  }

  function schedule(): void {
    if (timer !== undefined) return;
    // Room becomes free before arrival if the delay is long.
    const next = Math.min(under[0]?.at ?? Infinity, waiting.length > 0 ? leftAt - QUEUE_BYTES / 2 / bytesPerMs : Infinity);
    if (next !== Infinity) timer = setTimeout(deliver, Math.max(0, next - now()));
  }

  return {
    put(bytes, arrive) {
      total += bytes;
      leftAt = Math.max(leftAt, now()) + (bytes * OVERHEAD) / bytesPerMs;
      under.push({ at: leftAt + delay, arrive });
      schedule();
    },
    isFull: () => backlog() >= QUEUE_BYTES,
    onRoom(call) {
      waiting.push(call);
      schedule();
    },
    shape(rate, ms) {
      bytesPerMs = rate === 0 ? Infinity : rate / 8 / 1000;
      delay = ms;
    },
    count: () => total,
  };
}
