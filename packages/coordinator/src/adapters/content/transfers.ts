import { SitewrightError } from "@sitewright/protocol";

/** The content streams of one agent connection. Those of one order share what may be under way. */
export interface Transfers {
  /** All orders together, now. */
  state(): TransfersState;
  /**
   * Throws `TOO_MANY_REQUESTS` beyond what an order, or an agent, may have open; but an agent that opens one more than it may, while
   * one of the order has long been silent, has lost that one.
   */
  open(order: string): Transfer;
}

interface TransfersState {
  /** Bytes that the agent has taken since it connected. */
  taken: number;
  /** Bytes that left and that it has not taken. */
  out: number;
  /** Whether a stream waits for the agent to take some of them. */
  isHeld: boolean;
  /** Whether it said lately that it is behind with what it has. */
  isBusy: boolean;
}

/** What is under way on one stream: sent, and not yet taken by the agent. */
export interface Transfer {
  /** So much is going to be sent: whole frames. */
  begun(bytes: number): void;
  /** Some of that was given to the system. */
  left(bytes: number): void;
  /** From the agent: bytes of the stream that it has taken, in total. */
  consumed(bytes: number): void;
  /** From the agent: it is behind with what it has. */
  busy(): void;
  /** Bytes of this stream alone. */
  underWay(): number;
  /** Resolves when less than `window`, as it is then, of all streams of the order has begun. Rejects with the signal's reason. */
  room(window: () => number, signal: AbortSignal): Promise<void>;
  /** Whether `room` would resolve at once after `bytes` more. */
  hasRoom(window: number, bytes: number): boolean;
  /** As `room`, of what has left: a frame that is larger than the window waits in the middle. */
  drained(window: () => number, signal: AbortSignal): Promise<void>;
  close(): void;
  /** Aborted when another stream takes its place. */
  displaced: AbortSignal;
}

interface Stream {
  begun: number;
  left: number;
  consumed: number;
  /** When the agent gave credit last, or opened it; ms of the process's own clock. */
  heardAt: number;
  giveWay: () => void;
}

interface OrderStreams {
  streams: Set<Stream>;
  /** Begun and not taken, and the part of it that has left. */
  underWay: number;
  out: number;
  wakeUps: Set<() => void>;
}

/** ms for which an agent's word that it is busy holds. */
const BUSY_MS = 1500;
const MOST_OF_AN_ORDER = 8;
/** Each holds a megabyte or so in memory. */
const MOST_STREAMS = 64;
/** ms without a word after which a stream gives way. */
const QUIET = 10_000;

/** @param now The process's own clock, ms. */
export function createTransfers(now: () => number = () => performance.now()): Transfers {
  const orders = new Map<string, OrderStreams>();
  let taken = 0;
  let busyAt = -Infinity;

  function openOrder(order: string): OrderStreams {
    const known = orders.get(order) ?? { streams: new Set(), underWay: 0, out: 0, wakeUps: new Set() };
    orders.set(order, known);
    return known;
  }

  /** Ends the stream of an order that has been silent longest, if that is long. */
  function makeWay(order: string): void {
    const [quietest] = [...(orders.get(order)?.streams ?? [])].toSorted((a, b) => a.heardAt - b.heardAt);
    if (quietest && now() - quietest.heardAt >= QUIET) quietest.giveWay();
  }

  return {
    state() {
      const all = [...orders.values()];
      const out = all.reduce((sum, one) => sum + one.out, 0);
      return { taken, out, isHeld: all.some(({ wakeUps }) => wakeUps.size > 0), isBusy: now() - busyAt < BUSY_MS };
    },
    open(order) {
      if ((orders.get(order)?.streams.size ?? 0) >= MOST_OF_AN_ORDER) makeWay(order);
      const all = [...orders.values()].reduce((sum, { streams }) => sum + streams.size, 0);
      const own = orders.get(order)?.streams.size ?? 0;
      if (own >= MOST_OF_AN_ORDER || all >= MOST_STREAMS)
        throw new SitewrightError(
          "TOO_MANY_REQUESTS",
          `${own} streams of the order ${order} and ${all} in all are open already: end one first`,
        );
      const shared = openOrder(order);
      const displaced = new AbortController();
      const giveWay = (): void => {
        transfer.close();
        displaced.abort(new SitewrightError("CONTENT_UNAVAILABLE", "the agent was silent on this stream and has opened another"));
      };
      const stream: Stream = { begun: 0, left: 0, consumed: 0, heardAt: now(), giveWay };
      shared.streams.add(stream);
      const release = (begun: number, left: number): void => {
        shared.underWay -= begun;
        shared.out -= left;
        for (const wake of shared.wakeUps) wake();
      };
      const hasRoom = (window: number, bytes: number): boolean => shared.underWay + bytes < window;
      const transfer: Transfer = {
        displaced: displaced.signal,
        hasRoom,
        begun(bytes) {
          stream.begun += bytes;
          shared.underWay += bytes;
        },
        left(bytes) {
          stream.left += bytes;
          shared.out += bytes;
        },
        consumed(bytes) {
          stream.heardAt = now();
          const more = Math.min(stream.left, bytes) - stream.consumed;
          if (more <= 0) return;
          stream.consumed += more;
          taken += more;
          release(more, more);
        },
        busy: () => void (busyAt = now()),
        underWay: () => stream.begun - stream.consumed,
        async room(window, signal) {
          while (!hasRoom(window(), 0)) await nextWakeUp(shared.wakeUps, signal);
        },
        async drained(window, signal) {
          while (shared.out >= window()) await nextWakeUp(shared.wakeUps, signal);
        },
        close() {
          if (!shared.streams.delete(stream)) return;
          release(stream.begun - stream.consumed, stream.left - stream.consumed);
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
