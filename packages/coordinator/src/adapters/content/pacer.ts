import type { Clock } from "../../app/ports.ts";
import { addressPath } from "../../domain/address-path.ts";
import { admits, budgetAt, windowAt } from "../../domain/address-schedule.ts";
import type { Address, Hierarchy, Priority, Window } from "../../domain/hierarchy.ts";
import { charge, fill, msToWait, sliceBytes, type LineAccount } from "../../domain/pacing.ts";

export interface PacerDeps {
  hierarchy: () => Hierarchy | undefined;
  clock: Clock;
  /** Told of what crosses the line of an address, in payload bytes. */
  onUsed?: (address: string, bytes: number) => void;
  /** Calls back after `ms`, unless cancelled. */
  timer?: (ms: number, wake: () => void) => () => void;
}

export interface Traffic {
  /** Where it goes. */
  system: string;
  /** What is not admitted by the hour's window waits for the next one that does; undefined: it waits for none, only for the budget. */
  priority: Priority | undefined;
}

/** Holds back what crosses the addresses' lines: one account a line, fair between those that wait for it. */
export interface Pacer {
  /** Resolves with the payload bytes, from 1 to `want`, that may leave now. Rejects with the signal's reason. */
  take(traffic: Traffic, want: number, signal: AbortSignal): Promise<number>;
  /** Counts control traffic, which is never held back: what follows it waits longer. */
  charge(system: string, bytes: number): void;
  /** To be called when addresses, or the hours they are in, have changed: what waits is weighed anew at once. */
  refresh(): void;
}

interface Line {
  address: Address;
  /** bit/s; undefined: no limit. */
  budget: number | undefined;
  window: Window;
  /** When budget and window were read. */
  readAt: number;
  account: LineAccount;
}

interface Waiter {
  traffic: Traffic;
  want: number;
  grant: (bytes: number) => void;
}

/** ms after which budget and window are read again, so that an hour that begins or a limit that is edited takes effect. */
const OLDEST_READING = 1000;

export function createPacer(deps: PacerDeps): Pacer {
  const { clock, onUsed, timer = realTimer } = deps;
  const lines = new Map<string, Line>();
  /** Whoever was served goes to the end: that is the round robin. */
  const waiting: Waiter[] = [];
  let cancelTimer: (() => void) | undefined;

  function lineOf(address: Address, now: number): Line {
    let line = lines.get(address.key);
    if (line) line.account = accountAt(line, now);
    if (!line || line.address !== address || Math.abs(now - line.readAt) >= OLDEST_READING) {
      line = {
        address,
        budget: budgetAt(address, now),
        window: windowAt(address, now),
        readAt: now,
        account: line?.account ?? { balance: 0, at: now },
      };
      lines.set(address.key, line);
    }
    return line;
  }

  function linesTo(system: string, now: number): Line[] {
    const hierarchy = deps.hierarchy();
    return hierarchy ? addressPath(hierarchy, system).map((address) => lineOf(address, now)) : [];
  }

  function spend(path: Line[], bytes: number): void {
    for (const line of path) {
      onUsed?.(line.address.key, bytes);
      // A closed line still carries what keeps a connection alive; that must not delay its opening.
      if (line.budget !== undefined && line.budget > 0) line.account = charge(line.account, bytes);
    }
  }

  /** Serves everyone whose whole path is free, and comes back when the next one may be. */
  function serve(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    const now = clock();
    let next = OLDEST_READING;
    for (const waiter of waiting.splice(0)) {
      const path = linesTo(waiter.traffic.system, now);
      const wait = Math.max(0, ...path.map((line) => waitOn(line, waiter.traffic.priority)));
      if (wait > 0) {
        waiting.push(waiter);
        next = Math.min(next, wait);
        continue;
      }
      const bytes = Math.min(waiter.want, ...path.map((line) => (line.budget === undefined ? Infinity : sliceBytes(line.budget))));
      spend(path, bytes);
      waiter.grant(bytes);
    }
    if (waiting.length > 0) cancelTimer = timer(Math.ceil(next), serve);
  }

  /** Nothing limits what goes there: it need not queue up, nor come in slices. */
  function isFree({ system, priority }: Traffic): boolean {
    return linesTo(system, clock()).every((line) => line.budget === undefined && admits(line.window, priority));
  }

  return {
    take(traffic, want, signal) {
      if (isFree(traffic) && !signal.aborted) {
        spend(linesTo(traffic.system, clock()), want);
        return Promise.resolve(want);
      }
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const leave = (): void => {
          waiting.splice(waiting.indexOf(waiter), 1);
          if (waiting.length === 0) cancelTimer?.();
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          traffic,
          want,
          grant(bytes) {
            signal.removeEventListener("abort", leave);
            resolve(bytes);
          },
        };
        signal.addEventListener("abort", leave, { once: true });
        waiting.push(waiter);
        serve();
      });
    },
    charge(system, bytes) {
      spend(linesTo(system, clock()), bytes);
    },
    refresh() {
      for (const line of lines.values()) line.readAt = -Infinity;
      serve();
    },
  };
}

function accountAt(line: Line, now: number): LineAccount {
  return line.budget === undefined ? { balance: 0, at: now } : fill(line.account, line.budget, now);
}

function waitOn(line: Line, priority: Traffic["priority"]): number {
  if (!admits(line.window, priority)) return Infinity;
  return line.budget === undefined ? 0 : msToWait(line.account, line.budget);
}

function realTimer(ms: number, wake: () => void): () => void {
  const timeout = setTimeout(wake, ms);
  return () => clearTimeout(timeout);
}
