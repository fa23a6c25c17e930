import type { Priority, Window } from "@sitewright/protocol";
import { admits, budgetAt, nextChange, windowAt } from "../addresses/address-schedule.ts";
import type { Address } from "../sites/hierarchy.ts";

/** The coordinator's own network, where systems without an address are. */
export const OWN_NETWORK = "";
/** As people name it. */
const OWN_NETWORK_NAME = "own-network";

/** Of a line by its key. */
export function lineName(key: string): string {
  return key === OWN_NETWORK ? OWN_NETWORK_NAME : key;
}

/** A line at the current moment of the simulation. */
export interface ForecastLine {
  key: string;
  /** bit/s; Infinity: no limit at this hour. */
  budget(): number;
  admits(priority: Priority): boolean;
  /** Next possible change of budget or window, ms since 1970. */
  until(): number;
  moveTo(time: number): void;
}

/** @param measured Measured rate of the line, bit/s; undefined: unknown. */
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
