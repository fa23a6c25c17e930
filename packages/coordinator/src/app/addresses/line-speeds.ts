import { addressPath } from "../../domain/addresses/address-path.ts";
import { budgetAt } from "../../domain/addresses/address-schedule.ts";
import { addressesOf, type Address, type Hierarchy } from "../../domain/sites/hierarchy.ts";
import { readSpeed, unknownSpeed, type LineSpeed, type SystemReading } from "../../domain/lines/line-speed.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";

/** Progress of what was sent to a system. */
export interface Uptake {
  /** Bytes that the system has received, in total. */
  taken: number;
  /** Bytes sent that it has not received yet. */
  out: number;
  /** Whether more would have been sent if these had been received. */
  isHeld: boolean;
  /** Whether it said that it is still processing what has arrived. */
  isBusy: boolean;
}

/** A connected system, of which most fetch nothing. */
export interface Taker {
  state(): Uptake;
  /** ms of the shortest round trip measured; undefined: none yet. */
  roundTripMs(): number | undefined;
}

/** Detects lines slower than stated, from what systems receive. */
export interface LineSpeeds {
  /** Looks at the progress of a connected system until `signal` is aborted. */
  watch(system: string, taker: Taker, signal: AbortSignal): void;
  /** bit/s to use for the line of an address with this stated rate. */
  carried(address: string, stated: number): number;
  /** Measured capacity of a line, bit/s; undefined: as stated, as far as known. */
  found(address: string): number | undefined;
  /** All of them, bit/s by address. */
  slower(): [address: string, carries: number][];
  stop(): void;
}

interface LineSpeedsDeps {
  hierarchy: () => Hierarchy | undefined;
  live: Pick<LivePublisher, "address">;
  clock: Clock;
  steady: Clock;
  log: Log;
}

interface Watched {
  system: string;
  taker: Taker;
  /** At the previous reading. */
  taken: number;
}

/** ms between two readings. */
const EVERY = 500;
/** Bytes in a line as fast as stated need its round trip; those queued before a slow line need longer, ms. */
const QUEUE_MS = 100;
const QUEUE_TRIPS = 1.5;
const OVERHEAD = 1.04;

export function createLineSpeeds({ hierarchy, live, clock, steady, log }: LineSpeedsDeps): LineSpeeds {
  const speeds = new Map<string, LineSpeed>();
  const watched = new Set<Watched>();
  let timer: NodeJS.Timeout | undefined;

  const carried = (address: string, stated: number): number => Math.min(stated, speeds.get(address)?.carries ?? stated);

  function read(): void {
    const known = hierarchy();
    const now = clock();
    const lines = new Map<Address, SystemReading[]>();
    for (const one of watched) {
      const uptake = one.taker.state();
      const taken = (uptake.taken - one.taken) * OVERHEAD;
      one.taken = uptake.taken;
      if (!known || (taken <= 0 && uptake.out <= 0)) continue;
      const path = addressPath(known, one.system);
      const narrowest = narrowestOf(path, now);
      for (const address of path) {
        const readings = lines.get(address) ?? [];
        readings.push({
          system: one.system,
          taken,
          heldBy: address === narrowest ? heldBy(uptake, taken, one.taker.roundTripMs()) : undefined,
        });
        lines.set(address, readings);
      }
    }
    // Including lines without traffic, whose budget may have changed.
    for (const address of addressesOf(known))
      if (lines.has(address) || speeds.has(address.key)) note(address, lines.get(address) ?? [], now);
  }

  function note(address: Address, systems: SystemReading[], now: number): void {
    const stated = budgetAt(address, now);
    if (stated === undefined || stated <= 0) return void speeds.delete(address.key);
    const before = speeds.get(address.key) ?? unknownSpeed(stated);
    const speed = readSpeed(before, stated, { at: steady(), systems });
    speeds.set(address.key, speed);
    if (speed.carries === before.carries) return;
    const facts = { line: address.key, stated, carries: Math.round(speed.carries ?? stated) };
    if (speed.carries === undefined) log.info(facts, `the line of ${address.key} carries what is stated again`);
    else if (before.carries === undefined) log.warn(facts, `the line of ${address.key} carries less than stated`);
    live.address(address.key);
  }

  function narrowestOf(path: readonly Address[], now: number): Address | undefined {
    const budgets = path.flatMap((address) => {
      const stated = budgetAt(address, now);
      return stated === undefined ? [] : [{ address, budget: carried(address.key, stated) }];
    });
    return budgets.sort((a, b) => a.budget - b.budget)[0]?.address;
  }

  return {
    watch(system, taker, signal) {
      const one = { system, taker, taken: taker.state().taken };
      watched.add(one);
      timer ??= setInterval(read, EVERY);
      signal.addEventListener("abort", () => {
        watched.delete(one);
        if (watched.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      });
    },
    carried,
    found: (address) => speeds.get(address)?.carries,
    slower: () => [...speeds].flatMap(([address, { carries }]) => (carries === undefined ? [] : [[address, carries]])),
    stop: () => clearInterval(timer),
  };
}

function heldBy({ out, isHeld, isBusy }: Uptake, taken: number, roundTripMs: number | undefined): SystemReading["heldBy"] {
  if (isBusy) return "itself";
  if (!isHeld || roundTripMs === undefined) return undefined;
  // A window too small for a long round trip also holds back, and the line is not the cause.
  const waits = taken > 0 ? (out * EVERY) / taken : Infinity;
  return waits > QUEUE_TRIPS * roundTripMs + QUEUE_MS ? "line" : undefined;
}
