import { SitewrightError, plural } from "@sitewright/protocol";
import type { Credit } from "../../domain/lines/credit.ts";

/** The content streams of one agent connection. Those of one order share the window. */
export interface Transfers {
  /** All orders together, at present. */
  state(): TransfersState;
  /**
   * Throws `TOO_MANY_REQUESTS` above the limit of an order or an agent; but if one stream of the order has long been silent, a new one
   * replaces it.
   */
  open(order: string): Transfer;
  /**
   * What another coordinator counts that serves this agent as well. @param server Stands for that one. @param state Undefined: it serves no
   * longer.
   */
  elsewhere(server: object, state: TransfersState | undefined): void;
}

export interface TransfersState {
  /** Bytes that the agent has received since it connected. */
  taken: number;
  /** Bytes sent that it has not received yet. */
  out: number;
  /** Whether a stream waits for the agent to receive some of them. */
  isHeld: boolean;
  /** Whether it said lately that it is still processing what has arrived. */
  isBusy: boolean;
}

/** Bytes in transit on one stream: sent, and not yet received by the agent. */
export interface Transfer {
  /**
   * Begins whole frames once less than the window of the current `credit`, over all streams of the order, is in transit. Rejects with the
   * signal's reason.
   * @param choose Returns the number of bytes, given the room, of which the first frame may exceed it.
   */
  begin(want: number, credit: () => Credit, choose: (room: number) => number, signal: AbortSignal): Promise<number>;
  /** Of what began, how many bytes may be sent, from 1 to `want`: never more than the window of the order is sent and not received. */
  leave(want: number, credit: () => Credit, signal: AbortSignal): Promise<number>;
  /** This many of the permitted bytes were written; the others wait for their turn again. */
  left(bytes: number): void;
  /** Begins bytes that need no credit. */
  begun(bytes: number): void;
  /** From the agent: bytes of the stream that it has received, in total. */
  consumed(bytes: number): void;
  /** From the agent: it is still processing what has arrived. */
  busy(): void;
  /** Bytes of this stream alone. */
  underWay(): number;
  close(): void;
  /** Aborted when another stream replaces it. */
  displaced: AbortSignal;
}

interface Stream {
  begun: number;
  /** Permitted bytes, and bytes sent. */
  leaving: number;
  left: number;
  consumed: number;
  /** Time of the agent's last credit, or of its opening; ms of the process's own clock. */
  heardAt: number;
  giveWay: () => void;
}

interface OrderStreams {
  streams: Set<Stream>;
  window: OrderWindow;
}

/** ms for which an agent's message that it is busy is valid. */
const BUSY_MS = 1500;
/** ms after the end of a stream until its bytes in transit no longer count for the others. */
const BROKEN_MS = 1000;
const MOST_OF_AN_ORDER = 8;
/** Each holds a megabyte or so in memory. */
const MOST_STREAMS = 64;
/** ms without a message after which a stream may be replaced. */
const QUIET = 10_000;

/** @param now The process's own clock, ms. */
export function createTransfers(now: () => number = () => performance.now()): Transfers {
  const orders = new Map<string, OrderStreams>();
  const others = new Map<object, TransfersState>();
  let taken = 0;
  let busyAt: number | undefined;
  const isBusy = (): boolean => busyAt !== undefined && now() - busyAt < BUSY_MS;

  function openOrder(order: string): OrderStreams {
    const known = orders.get(order) ?? { streams: new Set(), window: openOrderWindow() };
    orders.set(order, known);
    return known;
  }

  /** Ends the order's stream with the longest silence, if that is long enough. */
  function makeWay(order: string): void {
    const [quietest] = [...(orders.get(order)?.streams ?? [])].toSorted((a, b) => a.heardAt - b.heardAt);
    if (quietest && now() - quietest.heardAt >= QUIET) quietest.giveWay();
  }

  return {
    state() {
      // Asked of every agent twice a second, and most fetch nothing.
      if (orders.size === 0 && others.size === 0) return { taken, out: 0, isHeld: false, isBusy: isBusy() };
      const all = [...orders.values()];
      const own = {
        taken,
        out: all.reduce((sum, { window }) => sum + window.out, 0),
        isHeld: all.some(({ window }) => window.isHeld()),
        isBusy: isBusy(),
      };
      return [...others.values()].reduce(together, own);
    },
    elsewhere(server, state) {
      if (!state) return void others.delete(server);
      taken += Math.max(0, state.taken - (others.get(server)?.taken ?? 0));
      others.set(server, state);
    },
    open(order) {
      if ((orders.get(order)?.streams.size ?? 0) >= MOST_OF_AN_ORDER) makeWay(order);
      const all = [...orders.values()].reduce((sum, { streams }) => sum + streams.size, 0);
      const own = orders.get(order)?.streams.size ?? 0;
      if (own >= MOST_OF_AN_ORDER || all >= MOST_STREAMS)
        throw new SitewrightError(
          "TOO_MANY_REQUESTS",
          `${plural(own, "stream")} of the order ${order} and ${all} in all are open already: end one first`,
        );
      const { streams, window: shared } = openOrder(order);
      const displaced = new AbortController();
      const giveWay = (): void => {
        transfer.close();
        displaced.abort(new SitewrightError("CONTENT_UNAVAILABLE", "the agent was silent on this stream and has opened another"));
      };
      const stream: Stream = { begun: 0, leaving: 0, left: 0, consumed: 0, heardAt: now(), giveWay };
      streams.add(stream);
      const release = (begun: number, left: number): void => {
        shared.underWay -= begun;
        shared.out -= left;
        shared.settle();
      };
      const begun = (bytes: number): void => {
        stream.begun += bytes;
        shared.underWay += bytes;
      };
      const leaving = (bytes: number): void => {
        shared.leaving += bytes - stream.leaving;
        stream.leaving = bytes;
      };
      const transfer: Transfer = {
        displaced: displaced.signal,
        begun,
        begin(want, credit, choose, signal) {
          const attempt = (): number | undefined => {
            const { window, least } = credit();
            const room = window - shared.underWay;
            if (room < Math.min(want, least)) return undefined;
            const bytes = choose(room);
            begun(bytes);
            return bytes;
          };
          return shared.until(attempt, signal);
        },
        leave(want, credit, signal) {
          const attempt = (): number | undefined => {
            const { window, least } = credit();
            const room = window - shared.out - shared.leaving;
            if (room < Math.min(want, least)) return undefined;
            leaving(Math.min(want, room));
            return stream.leaving;
          };
          return shared.until(attempt, signal);
        },
        left(bytes) {
          leaving(0);
          stream.left += bytes;
          shared.out += bytes;
          shared.settle();
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
        close() {
          if (!streams.delete(stream)) return;
          leaving(0);
          shared.settle();
          if (streams.size === 0) orders.delete(order);
          // The others may have broken with it, and would send into dead connections.
          setTimeout(() => release(stream.begun - stream.consumed, stream.left - stream.consumed), BROKEN_MS).unref();
        },
      };
      return transfer;
    },
  };
}

/** What the other one has taken was counted when it was told. */
function together(own: TransfersState, other: TransfersState): TransfersState {
  return {
    taken: own.taken,
    out: own.out + other.out,
    isHeld: own.isHeld || other.isHeld,
    isBusy: own.isBusy || other.isBusy,
  };
}

/**
 * Bytes in transit of all streams of one order together. A continuing stream is booked immediately: of several streams that wait for the
 * same bytes of the window only one gets them.
 */
interface OrderWindow {
  /** Bytes that began and are not received; those of them that were sent. */
  underWay: number;
  out: number;
  /** Bytes that have room and wait for the line. */
  leaving: number;
  /** Whether streams wait for the agent alone: if one waits for the line, the others wait for that. */
  isHeld(): boolean;
  /** Resolves with what `attempt` returns, as soon as that is defined. Rejects with the signal's reason. */
  until<T>(attempt: () => T | undefined, signal: AbortSignal): Promise<T>;
  /** There is more room: waiters try again, in the order of arrival. */
  settle(): void;
}

function openOrderWindow(): OrderWindow {
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
