import type { Clock } from "../../app/ports/clock.ts";
import { addressPath } from "../../domain/addresses/address-path.ts";
import { admits } from "../../domain/addresses/address-schedule.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import { CONNECTION_BYTES, ipBytes } from "../../domain/lines/ip-bytes.ts";
import { grantBytes, sliceBytes } from "../../domain/lines/pacing.ts";
import { createLineAccounts, type Line, type StatedBudget } from "./line-accounts.ts";
import { createWaitingLine, type Traffic, type Waiter, type WaitingLine } from "./waiting-line.ts";

export interface PacerDeps {
  hierarchy: () => Hierarchy | undefined;
  clock: Clock;
  /** Called with the traffic of an address's line, in IP bytes. */
  used?: { publish(use: { address: string; bytes: number; isBeat: boolean }): void };
  /** Estimated actual capacity of a line with a stated budget; by default the stated budget. */
  carried?: StatedBudget;
  /** Whether nothing may be sent to anybody. Looked at each second while it is so. */
  isClosed?: () => boolean;
  /** Calls back after `ms`, unless cancelled. */
  timer?: (ms: number, wake: () => void) => () => void;
}

/** Paces the traffic of the addresses' lines: one account per line, shared fairly between waiters. */
export interface Pacer {
  /** Resolves with the payload bytes, from 1 to `want`, that may be sent now. Rejects with the signal's reason. */
  take(traffic: Traffic, want: number, signal: AbortSignal): Promise<number>;
  /** Counts a message of this size, which is never held back: what follows it waits longer. */
  charge(system: string, bytes: number): void;
  /** Counts a heartbeat of this size likewise: ten agents on 64 kbit/s would use 4 % of the line, and more of its budget, unseen. */
  chargeBeat(system: string, bytes: number): void;
  /** Counts the bytes to open a connection. */
  chargeConnection(system: string): void;
  /** The slowest line on the path, now; undefined: no limit. */
  slowestTo(system: string): SlowestLine | undefined;
  /** To be called when addresses, or their hours, have changed: waiters are evaluated again immediately. */
  refresh(): void;
}

export interface SlowestLine {
  /** Key of its address. */
  address: string;
  /** bit/s. */
  budget: number;
}

/** Systems with the same trunk; other groups do not affect it. */
interface Group {
  waiting: WaitingLine;
  cancelTimer: (() => void) | undefined;
}

/** ms after which waiters are evaluated again, whatever they wait for. */
const LONGEST_WAIT = 1000;
/** ms of the line that a system which returns late may catch up, and bytes where no budget defines that. */
const CATCH_UP_MS = 100;
const CATCH_UP_BYTES = 64 * 1024;

export function createPacer(deps: PacerDeps): Pacer {
  const { clock, used, isClosed = () => false, timer = realTimer } = deps;
  const accounts = createLineAccounts(deps.carried ?? ((_, stated) => stated));
  const groups = new Map<string | undefined, Group>();

  /** The lines on the path to a system; the last one is its trunk. */
  function linesTo(system: string, now: number): Line[] {
    const hierarchy = deps.hierarchy();
    return hierarchy ? addressPath(hierarchy, system).map((address) => accounts.lineOf(address, now)) : [];
  }

  function groupOf(system: string): Group {
    const trunk = linesTo(system, clock()).at(-1)?.address.key;
    let group = groups.get(trunk);
    if (!group) groups.set(trunk, (group = { waiting: createWaitingLine(), cancelTimer: undefined }));
    return group;
  }

  function spend(path: Line[], bytes: number, { isBeat = false, isGrant = false } = {}): void {
    for (const line of path) {
      used?.publish({ address: line.address.key, bytes, isBeat });
      accounts.charge(line, bytes, isGrant);
    }
  }

  /** Serves all waiters whose whole path is free, and schedules the next evaluation. */
  function serve(group: Group): void {
    group.cancelTimer?.();
    group.cancelTimer = undefined;
    const now = clock();
    let wait = 0;
    while (wait === 0) wait = serveOne(group, now);
    if (group.waiting.someone()) group.cancelTimer = timer(Math.ceil(Math.min(wait, LONGEST_WAIT)), () => serve(group));
  }

  /** 0 when one was served; else ms until one may be. */
  function serveOne({ waiting }: Group, now: number): number {
    if (isClosed()) return LONGEST_WAIT;
    const someone = waiting.someone();
    const shared = someone && linesTo(someone.traffic.system, now).at(-1);
    // Called often: while the trunk is in debt no waiter needs to be evaluated.
    const debt = shared ? accounts.msInDebt(shared) : 0;
    if (debt > 0 && debt < Infinity) return debt;
    const credit = catchUp(shared?.budget);
    let next = LONGEST_WAIT;
    for (const waiter of waiting.inOrder(credit)) {
      const path = linesTo(waiter.traffic.system, now);
      const wait = Math.max(0, ...path.map((line) => waitOn(line, waiter.traffic)));
      if (wait > 0) {
        next = Math.min(next, wait);
        continue;
      }
      const isGrant = waiter.traffic.isSentElsewhere === true;
      const most = isGrant ? grantBytes : sliceBytes;
      const bytes = Math.min(waiter.want, ...path.map(({ budget }) => (budget === undefined ? Infinity : most(budget))));
      spend(path, ipBytes(bytes, true), { isGrant });
      waiting.served(waiter, bytes, credit);
      waiter.grant(bytes);
      return 0;
    }
    return next;
  }

  function waitOn(line: Line, { priority }: Traffic): number {
    return admits(line.window, priority) ? accounts.msInDebt(line) : Infinity;
  }

  /** The path has no limit: no queue and no slices are needed. */
  function isFree({ priority }: Traffic, path: Line[]): boolean {
    return !isClosed() && path.every(({ budget, window }) => budget === undefined && admits(window, priority));
  }

  return {
    take(traffic, want, signal) {
      const path = linesTo(traffic.system, clock());
      if (isFree(traffic, path) && !signal.aborted) {
        spend(path, ipBytes(want, true));
        return Promise.resolve(want);
      }
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const group = groupOf(traffic.system);
        const leave = (): void => {
          group.waiting.leave(waiter);
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
        group.waiting.join(waiter);
        serve(group);
      });
    },
    charge(system, bytes) {
      spend(linesTo(system, clock()), ipBytes(bytes, true));
    },
    chargeBeat(system, bytes) {
      spend(linesTo(system, clock()), ipBytes(bytes, true), { isBeat: true });
    },
    chargeConnection(system) {
      spend(linesTo(system, clock()), CONNECTION_BYTES);
    },
    slowestTo(system) {
      let slowest: SlowestLine | undefined;
      for (const { address, budget } of linesTo(system, clock()))
        if (budget !== undefined && budget < (slowest?.budget ?? Infinity)) slowest = { address: address.key, budget };
      return slowest;
    },
    refresh() {
      accounts.readAnew();
      for (const group of groups.values()) serve(group);
    },
  };
}

function catchUp(budget: number | undefined): number {
  return budget === undefined ? CATCH_UP_BYTES : Math.max((budget / 8000) * CATCH_UP_MS, 2 * sliceBytes(budget));
}

function realTimer(ms: number, wake: () => void): () => void {
  const timeout = setTimeout(wake, ms);
  return () => clearTimeout(timeout);
}
