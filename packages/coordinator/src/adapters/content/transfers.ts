import { SitewrightError } from "@sitewright/protocol";

/** The content streams of one agent connection and what the agent has taken from them. */
export interface Transfers {
  /** Throws `CONFLICT` for a number in use and `TOO_MANY_REQUESTS` beyond what an agent may have open. */
  open(number: number, order: string): Transfer;
  /** From the agent: bytes of the stream that it has taken, in total. */
  consumed(number: number, bytes: number): void;
}

export interface Transfer {
  sent(bytes: number): void;
  /** Resolves when less than `window` bytes of all streams of the order are under way. Rejects with the signal's reason. */
  room(window: number, signal: AbortSignal): Promise<void>;
  /** Whether `room` would resolve at once after `bytes` more. */
  hasRoom(window: number, bytes: number): boolean;
  close(): void;
}

interface Stream {
  order: string;
  sent: number;
  consumed: number;
}

/** Streams of one agent; each holds a few chunks in memory. */
const MOST_STREAMS = 32;

export function createTransfers(): Transfers {
  const streams = new Map<number, Stream>();
  const wakeUps = new Set<() => void>();

  function underWay(order: string): number {
    let bytes = 0;
    for (const stream of streams.values()) if (stream.order === order) bytes += stream.sent - stream.consumed;
    return bytes;
  }

  function wakeAll(): void {
    for (const wake of wakeUps) wake();
  }

  return {
    open(number, order) {
      if (streams.has(number))
        throw new SitewrightError("CONFLICT", `the transfer ${number} is under way already: give each stream a number of its own`);
      if (streams.size >= MOST_STREAMS)
        throw new SitewrightError("TOO_MANY_REQUESTS", `${MOST_STREAMS} transfers are under way already: end one first`);
      const stream: Stream = { order, sent: 0, consumed: 0 };
      streams.set(number, stream);
      const hasRoom = (window: number, bytes: number): boolean => underWay(order) + bytes < window;
      return {
        hasRoom,
        sent: (bytes) => {
          stream.sent += bytes;
        },
        async room(window, signal) {
          while (!hasRoom(window, 0)) await nextWakeUp(wakeUps, signal);
        },
        close() {
          streams.delete(number);
          wakeAll();
        },
      };
    },
    consumed(number, bytes) {
      const stream = streams.get(number);
      // The last word about a stream may come after its end.
      if (!stream) return;
      stream.consumed = Math.min(stream.sent, Math.max(stream.consumed, bytes));
      wakeAll();
    },
  };
}

function nextWakeUp(wakeUps: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const leave = (): void => {
      wakeUps.delete(wake);
      reject(signal.reason as Error);
    };
    const wake = (): void => {
      wakeUps.delete(wake);
      signal.removeEventListener("abort", leave);
      resolve();
    };
    wakeUps.add(wake);
    signal.addEventListener("abort", leave, { once: true });
  });
}
