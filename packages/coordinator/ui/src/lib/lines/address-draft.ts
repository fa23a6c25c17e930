import {
  readBandwidth,
  readRateLimit,
  readSchedule,
  budgetOfHour,
  scheduleText,
  type AddressTexts,
  type Window,
} from "@sitewright/protocol";
import type { AddressPatch } from "@sitewright/protocol/api";
import { two } from "./week-grid.ts";

/** Hours of the day with a rate of their own, while they are edited. */
export interface LimitRow {
  from: number;
  /** 1 to 24. */
  to: number;
  value: string;
}

/** The settings of an address while an operator edits them. */
export interface Draft {
  /** Empty: unlimited, where the file states none. */
  bandwidth: string;
  limits: readonly LimitRow[];
  schedule: readonly Window[];
}

export function draftOf({ bandwidth = "", rateLimit = {}, schedule = {} }: AddressTexts): Draft {
  const limits = Object.entries(rateLimit).map(([hours, value]) => {
    const [from = 0, to = 24] = hours.split("-").map(Number);
    return { from, to, value };
  });
  const entries = Object.entries(schedule).map(([hours, value]) => ({ hours, value }));
  return { bandwidth, limits, schedule: readSchedule(entries).hours.map((window) => window ?? "all") };
}

/** The faults of a draft, with advice. */
export function draftFaults({ bandwidth, limits }: Draft): { bandwidth?: string; limits: string[] } {
  const rate = bandwidth.trim() === "" ? undefined : readBandwidth(bandwidth.trim());
  return {
    ...(typeof rate === "string" ? { bandwidth: rate } : {}),
    limits: readRateLimit(entriesOf(limits), bandwidth.trim() !== "").faults.map(({ message }) => message),
  };
}

/** The change to request so that the draft is in force; undefined when it is already. */
export function patchOf(draft: Draft, effective: AddressTexts): AddressPatch | undefined {
  const before = draftOf(effective);
  const bandwidth = draft.bandwidth.trim();
  const limits = limitTable(draft.limits);
  const patch: AddressPatch = {
    ...(bandwidth === before.bandwidth ? {} : { bandwidth: bandwidth === "" ? null : bandwidth }),
    ...(JSON.stringify(limits) === JSON.stringify(limitTable(before.limits)) ? {} : { rateLimit: limits }),
    ...(draft.schedule.join() === before.schedule.join() ? {} : { schedule: scheduleText(draft.schedule) }),
  };
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** Bit/s by hour of the day, as far as the draft is valid; undefined: unlimited. */
export function budgetsOf({ bandwidth, limits }: Draft): (number | undefined)[] {
  const rate = readBandwidth(bandwidth.trim());
  const rateLimit = readRateLimit(entriesOf(limits), true).hours;
  const line = { rateLimit, ...(typeof rate === "number" ? { bandwidth: rate } : {}) };
  return rateLimit.map((_, hour) => budgetOfHour(line, hour));
}

function entriesOf(limits: readonly LimitRow[]): { hours: string; value: string }[] {
  return limits.map(({ from, to, value }) => ({ hours: `${two(from)}-${two(to)}`, value: value.trim() }));
}

function limitTable(limits: readonly LimitRow[]): Record<string, string> {
  return Object.fromEntries(entriesOf(limits).map(({ hours, value }) => [hours, value]));
}
