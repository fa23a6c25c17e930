import { SitewrightError } from "@sitewright/protocol";

/** The content streams of one agent connection. Those of one order share what may be under way. */
export interface Transfers {
  /** Throws `TOO_MANY_REQUESTS` beyond what an order, or an agent, may have open. */
  open(order: string): Transfer;
}

/** What is under way on one stream: sent, and not yet taken by the agent. */
export interface Transfer {
  sent(bytes: number): void;
  /** From the agent: bytes of the stream that it has taken, in total. */
  consumed(bytes: number): void;
  /** Bytes of this stream alone. */
  underWay(): number;
  /** Resolves when less than `window` bytes of all streams of the order are under way. Rejects with the signal's reason. */
  room(window: number, signal: AbortSignal): Promise<void>;
  /** Whether `room` would resolve at once after `bytes` more. */
  hasRoom(window: number, bytes: number): boolean;
  close(): void;
}

interface Stream {
  sent: number;
  consumed: number;
}

interface OrderStreams {
  streams: Set<Stream>;
  underWay: number;
  wakeUps: Set<() => void>;
}

const MOST_OF_AN_ORDER = 8;
/** Each holds a megabyte or so in memory. */
const MOST_STREAMS = 64;

export function createTransfers(): Transfers {
  const orders = new Map<string, OrderStreams>();

  function openOrder(order: string): OrderStreams {
    const known = orders.get(order) ?? { streams: new Set(), underWay: 0, wakeUps: new Set() };
    orders.set(order, known);
    return known;
  }

  return {
    open(order) {
      const all = [...orders.values()].reduce((sum, { streams }) => sum + streams.size, 0);
      const own = orders.get(order)?.streams.size ?? 0;
      if (own >= MOST_OF_AN_ORDER || all >= MOST_STREAMS)
        throw new SitewrightError(
          "TOO_MANY_REQUESTS",
          `${own} streams of the order ${order} and ${all} in all are open already: end one first`,
        );
      const shared = openOrder(order);
      const stream: Stream = { sent: 0, consumed: 0 };
      shared.streams.add(stream);
      const release = (bytes: number): void => {
        shared.underWay -= bytes;
        for (const wake of shared.wakeUps) wake();
      };
      const hasRoom = (window: number, bytes: number): boolean => shared.underWay + bytes < window;
      return {
        hasRoom,
        sent(bytes) {
          stream.sent += bytes;
          shared.underWay += bytes;
        },
        consumed(bytes) {
          const more = Math.min(stream.sent, bytes) - stream.consumed;
          if (more <= 0) return;
          stream.consumed += more;
          release(more);
        },
        underWay: () => stream.sent - stream.consumed,
        async room(window, signal) {
          while (!hasRoom(window, 0)) await nextWakeUp(shared.wakeUps, signal);
        },
        close() {
          if (!shared.streams.delete(stream)) return;
          release(stream.sent - stream.consumed);
          if (shared.streams.size === 0) orders.delete(order);
        },
      };
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
