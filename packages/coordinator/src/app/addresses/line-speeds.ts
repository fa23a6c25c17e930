import { addressPath } from "../../domain/addresses/address-path.ts";
import { budgetAt } from "../../domain/addresses/address-schedule.ts";
import { addressesOf, type Address, type Hierarchy } from "../../domain/sites/hierarchy.ts";
import { readSpeed, unknownSpeed, type LineSpeed, type SystemReading } from "../../domain/lines/line-speed.ts";
import type { LivePublisher } from "../runs/live-view.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports.ts";

/** How what was sent to a system gets on. */
export interface Uptake {
  /** Bytes that the system has taken, in total. */
  taken: number;
  /** Bytes that left and that it has not taken. */
  out: number;
  /** Whether more would have left if it had taken these. */
  isHeld: boolean;
  /** Whether it said that it has enough to do with what has arrived. */
  isBusy: boolean;
  /** ms of the shortest round trip that was seen; undefined: none yet. */
  roundTripMs: number | undefined;
}

/** Finds out which lines carry less than is stated of them, from what systems take. */
export interface LineSpeeds {
  /** A system is there, and tells when it is asked; until `signal` is aborted. */
  watch(system: string, uptake: () => Uptake, signal: AbortSignal): void;
  /** bit/s to go by on the line of an address of so many as stated. */
  carried(address: string, stated: number): number;
  /** bit/s that a line was found to carry; undefined: what is stated, as far as is known. */
  found(address: string): number | undefined;
  /** All of them, bit/s by address. */
  slower(): [address: string, carries: number][];
  stop(): void;
}

interface LineSpeedsDeps {
  hierarchy: () => Hierarchy | undefined;
  live: Pick<LivePublisher, "address">;
  clock: Clock;
  log: Log;
}

interface Watched {
  system: string;
  uptake: () => Uptake;
  /** Of the reading before. */
  taken: number;
}

/** ms between two readings. */
const EVERY = 500;
/** What lies in a line that is as fast as stated takes its round trip; what waits in front of a slow one takes longer, ms. */
const QUEUE_MS = 100;
const QUEUE_TRIPS = 1.5;
const OVERHEAD = 1.04;

export function createLineSpeeds({ hierarchy, live, clock, log }: LineSpeedsDeps): LineSpeeds {
  const speeds = new Map<string, LineSpeed>();
  const watched = new Set<Watched>();
  let timer: NodeJS.Timeout | undefined;

  const carried = (address: string, stated: number): number => Math.min(stated, speeds.get(address)?.carries ?? stated);

  function read(): void {
    const known = hierarchy();
    const now = clock();
    const lines = new Map<Address, SystemReading[]>();
    for (const one of watched) {
      const uptake = one.uptake();
      const taken = (uptake.taken - one.taken) * OVERHEAD;
      one.taken = uptake.taken;
      const path = known && (taken > 0 || uptake.out > 0) ? addressPath(known, one.system) : [];
      const narrowest = narrowestOf(path, now);
      for (const address of path) {
        const readings = lines.get(address) ?? [];
        readings.push({ system: one.system, taken, heldBy: address === narrowest ? heldBy(uptake, taken) : undefined });
        lines.set(address, readings);
      }
    }
    // Also those where nothing continues, whose budget may have changed.
    for (const address of addressesOf(known))
      if (lines.has(address) || speeds.has(address.key)) note(address, lines.get(address) ?? [], now);
  }

  function note(address: Address, systems: SystemReading[], at: number): void {
    const stated = budgetAt(address, at);
    if (stated === undefined || stated <= 0) return void speeds.delete(address.key);
    const before = speeds.get(address.key) ?? unknownSpeed(stated);
    const speed = readSpeed(before, stated, { at, systems });
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
    watch(system, uptake, signal) {
      const one = { system, uptake, taken: uptake().taken };
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

function heldBy({ out, isHeld, isBusy, roundTripMs }: Uptake, taken: number): SystemReading["heldBy"] {
  if (isBusy) return "itself";
  if (!isHeld || roundTripMs === undefined) return undefined;
  // A window that is small for a long round trip holds back too, and the line is not to blame.
  const waits = taken > 0 ? (out * EVERY) / taken : Infinity;
  return waits > QUEUE_TRIPS * roundTripMs + QUEUE_MS ? "line" : undefined;
}
