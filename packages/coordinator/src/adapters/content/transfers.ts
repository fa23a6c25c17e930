import { SitewrightError } from "@sitewright/protocol";

/** The content streams of one agent connection. Those of one order share what may be under way. */
export interface Transfers {
  /**
   * Throws `TOO_MANY_REQUESTS` beyond what an order, or an agent, may have open.
   * @param giveWay Called when a later stream takes its place: an agent that opens one more than it may has lost one of them.
   */
  open(order: string, giveWay: (why: SitewrightError) => void): Transfer;
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
  /** When the agent gave credit last, or opened it; ms of the process's own clock. */
  heardAt: number;
  giveWay: () => void;
}

interface OrderStreams {
  streams: Set<Stream>;
  underWay: number;
  wakeUps: Set<() => void>;
}

const MOST_OF_AN_ORDER = 8;
/** Each holds a megabyte or so in memory. */
const MOST_STREAMS = 64;
/** ms without a word after which a stream gives way. */
const QUIET = 10_000;

/** @param now The process's own clock, ms. */
export function createTransfers(now: () => number = () => performance.now()): Transfers {
  const orders = new Map<string, OrderStreams>();

  function openOrder(order: string): OrderStreams {
    const known = orders.get(order) ?? { streams: new Set(), underWay: 0, wakeUps: new Set() };
    orders.set(order, known);
    return known;
  }

  /** Ends the stream of an order that was quiet longest, if that was long. */
  function makeWay(order: string): void {
    const [quietest] = [...(orders.get(order)?.streams ?? [])].toSorted((a, b) => a.heardAt - b.heardAt);
    if (quietest && now() - quietest.heardAt >= QUIET) quietest.giveWay();
  }

  return {
    open(order, giveWay) {
      if ((orders.get(order)?.streams.size ?? 0) >= MOST_OF_AN_ORDER) makeWay(order);
      const all = [...orders.values()].reduce((sum, { streams }) => sum + streams.size, 0);
      const own = orders.get(order)?.streams.size ?? 0;
      if (own >= MOST_OF_AN_ORDER || all >= MOST_STREAMS)
        throw new SitewrightError(
          "TOO_MANY_REQUESTS",
          `${own} streams of the order ${order} and ${all} in all are open already: end one first`,
        );
      const shared = openOrder(order);
      const stream: Stream = {
        sent: 0,
        consumed: 0,
        heardAt: now(),
        giveWay() {
          transfer.close();
          giveWay(new SitewrightError("CONTENT_UNAVAILABLE", "the agent said nothing more on it and has opened another"));
        },
      };
      shared.streams.add(stream);
      const release = (bytes: number): void => {
        shared.underWay -= bytes;
        for (const wake of shared.wakeUps) wake();
      };
      const hasRoom = (window: number, bytes: number): boolean => shared.underWay + bytes < window;
      const transfer: Transfer = {
        hasRoom,
        sent(bytes) {
          stream.sent += bytes;
          shared.underWay += bytes;
        },
        consumed(bytes) {
          stream.heardAt = now();
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
      return transfer;
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
