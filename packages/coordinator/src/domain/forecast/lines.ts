import type { Priority, Window } from "@sitewright/protocol";
import { admits, budgetAt, nextChange, windowAt } from "../addresses/address-schedule.ts";
import type { Address } from "../sites/hierarchy.ts";

/** The coordinator's own network, where systems without an address are. */
export const OWN_NETWORK = "";

/** A line as it stands at the moment that a forecast has come to. */
export interface ForecastLine {
  key: string;
  /** bit/s; Infinity: nothing limits it at this hour. */
  budget(): number;
  admits(priority: Priority): boolean;
  /** When budget or window may be others, ms since 1970. */
  until(): number;
  moveTo(time: number): void;
}

/** @param measured What the line was seen to carry, bit/s; undefined: nothing is known. */
export function forecastLine(address: Address | undefined, measured: number | undefined): ForecastLine {
  let budget = Infinity;
  let window: Window = "all";
  let until = -Infinity;
  return {
    key: address?.key ?? OWN_NETWORK,
    budget: () => budget,
    admits: (priority) => admits(window, priority),
    until: () => until,
    moveTo(time) {
      if (time < until) return;
      budget = Math.min((address && budgetAt(address, time)) ?? Infinity, measured ?? Infinity);
      window = address ? windowAt(address, time) : "all";
      until = address ? nextChange(address, time) : Infinity;
    },
  };
}

/** Whether anything says what a path carries: without, nobody can say how long something takes. */
export function hasRate(path: readonly Address[], measured: ReadonlyMap<string, number>): boolean {
  if (path.length === 0) return measured.has(OWN_NETWORK);
  return path.some(
    ({ key, bandwidth, rateLimit }) => bandwidth !== undefined || measured.has(key) || rateLimit.some((limit) => limit !== undefined),
  );
}
