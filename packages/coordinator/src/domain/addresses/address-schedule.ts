import { budgetOfHour, hourOfWeek, QUARTER, type Priority, type Window } from "@sitewright/protocol";
import type { Address } from "../sites/hierarchy.ts";

const WEEK = 7 * 24 * 60 * 60 * 1000;

/** The budget of the address at `time` (ms since 1970), in bit/s; undefined: no limit is stated. */
export function budgetAt(address: Address, time: number): number | undefined {
  return budgetOfHour(address, hourOfWeek(address.timeZone, time) % 24);
}

/** The schedule's window at `time` (ms since 1970); a paused address is closed. */
export function windowAt(address: Address, time: number): Window {
  return address.paused ? "closed" : (address.schedule[hourOfWeek(address.timeZone, time)] ?? "all");
}

/** Whether work of this priority may be sent in this window; undefined: the work needs no window. */
export function admits(window: Window, priority: Priority | undefined): boolean {
  if (priority === undefined) return true;
  switch (window) {
    case "all":
      return true;
    case "medium":
      return priority !== "low";
    case "high":
      return priority === "high";
    case "closed":
      return false;
  }
}

/** The next moment (ms since 1970) with another budget or window; a week ahead when nothing changes until then. */
export function nextChange(address: Address, time: number): number {
  if (isConstant(address)) return time + WEEK;
  const budget = budgetAt(address, time);
  const window = windowAt(address, time);
  for (let at = quarterAfter(time); at < time + WEEK; at += QUARTER) {
    if (windowAt(address, at) !== window || budgetAt(address, at) !== budget) return at;
  }
  return time + WEEK;
}

/** When work of this priority may next cross: `time` itself where it may now; undefined: not in the coming week. */
export function opensAt(address: Address, priority: Priority, time: number): number | undefined {
  if (address.paused) return undefined;
  if (admits(windowAt(address, time), priority)) return time;
  // Called repeatedly while work waits, so a schedule that never opens is not searched.
  if (!address.schedule.some((window) => admits(window, priority))) return undefined;
  for (let at = quarterAfter(time); at < time + WEEK; at += QUARTER) {
    if (admits(windowAt(address, at), priority)) return at;
  }
  return undefined;
}

function isConstant(address: Address): boolean {
  const budget = budgetOfHour(address, 0);
  const window = address.schedule[0];
  return (
    address.rateLimit.every((_, hour) => budgetOfHour(address, hour) === budget) &&
    (address.paused === true || address.schedule.every((other) => other === window))
  );
}

function quarterAfter(time: number): number {
  return (Math.floor(time / QUARTER) + 1) * QUARTER;
}
