import { PRIORITIES, textsOf, type AddressTexts, type Priority, type Window } from "@sitewright/protocol";
import type { AddressOverride } from "../../domain/addresses/address-override.ts";
import { budgetAt, nextChange, opensAt, windowAt } from "../../domain/addresses/address-schedule.ts";
import type { Address } from "../../domain/sites/hierarchy.ts";
import type { AddressChange, SetOverride } from "../ports/addresses.ts";

/** The current state of one address. Texts use the words of hierarchy.yaml; what the file omits is absent. */
export interface AddressStatus {
  /** Destination site code, or the name of the system. */
  key: string;
  timeZone: string;
  concurrency: number;
  via?: string;
  /** What hierarchy.yaml says. */
  file: AddressTexts;
  /** What an operator set over the file, by whom and when (ms since 1970). */
  override?: AddressOverride & { by: string; at: number };
  /** In force: the operator's settings over those of the file. */
  effective: AddressTexts;
  paused: boolean;
  /** In force now, bit/s; absent: unlimited. */
  budget?: number;
  /** Nothing passes while it is paused: `closed`. */
  window: Window;
  /** The next changes of budget or window by the clock, ms since 1970; absent: none within a week. */
  nextChange?: { at: number; budget?: number; window: Window };
  /** When work of each priority may next cross, ms since 1970: a past moment means now; absent: not within a week. */
  opensAt: Partial<Record<Priority, number>>;
  /** Traffic of the line in the last second: IP bytes with headers, bit/s. */
  rate: number;
  /** Measured capacity of the line, bit/s, where that is below the budget: content is paced by it. */
  carries?: number;
}

/** Measurements of a line, both in bit/s. */
interface SeenLine {
  rate: number;
  carries: number | undefined;
}

export interface AddressDetails extends AddressStatus {
  /** Who changed which setting: newest first, the last fifty. */
  changes: AddressChange[];
}

interface AddressNow {
  /** As hierarchy.yaml states it. */
  file: Address;
  /** In force. */
  address: Address;
  set: SetOverride | undefined;
  seen: SeenLine;
}

/** @param now ms since 1970. */
export function addressStatus({ file, address, set, seen }: AddressNow, now: number): AddressStatus {
  const budget = budgetAt(address, now);
  const next = changeAfter(address, now);
  const opens = PRIORITIES.flatMap((priority) => {
    const at = opensAt(address, priority, now);
    return at === undefined ? [] : [[priority, at]];
  });
  return {
    key: address.key,
    timeZone: address.timeZone,
    concurrency: address.concurrency,
    ...(address.via === undefined ? {} : { via: address.via }),
    file: textsOf(file),
    ...(set ? { override: { ...set.override, by: set.by, at: set.at } } : {}),
    effective: textsOf(address),
    paused: address.paused === true,
    ...(budget === undefined ? {} : { budget }),
    window: windowAt(address, now),
    ...(next ? { nextChange: next } : {}),
    opensAt: Object.fromEntries(opens) as AddressStatus["opensAt"],
    rate: seen.rate,
    ...(seen.carries === undefined ? {} : { carries: Math.round(seen.carries) }),
  };
}

function changeAfter(address: Address, now: number): AddressStatus["nextChange"] {
  const at = nextChange(address, now);
  const [budget, window] = [budgetAt(address, at), windowAt(address, at)];
  if (budget === budgetAt(address, now) && window === windowAt(address, now)) return undefined;
  return { at, ...(budget === undefined ? {} : { budget }), window };
}
