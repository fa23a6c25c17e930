import type { Address, Priority, RateLimit, Window } from "../sites/hierarchy.ts";

/** Time zones and their changes lie on quarters of an hour: between two of them neither hour nor day can change. */
const QUARTER = 15 * 60 * 1000;
const WEEK = 7 * 24 * 60 * 60 * 1000;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** What may cross the address at `time` (ms since 1970), in bit/s; undefined: no limit is stated. */
export function budgetAt(address: Address, time: number): number | undefined {
  return budgetOfHour(address, hourOfWeek(address.timeZone, time) % 24);
}

/** What the schedule says for `time` (ms since 1970); nothing passes an address that is paused. */
export function windowAt(address: Address, time: number): Window {
  return address.paused ? "closed" : (address.schedule[hourOfWeek(address.timeZone, time)] ?? "all");
}

/** Whether work of this priority may be sent in this window; undefined: what waits for no window. */
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
  // Asked for again and again while work waits: what can never open is not looked for.
  if (!address.schedule.some((window) => admits(window, priority))) return undefined;
  for (let at = quarterAfter(time); at < time + WEEK; at += QUARTER) {
    if (admits(windowAt(address, at), priority)) return at;
  }
  return undefined;
}

/** Bit/s in an hour of the day; undefined: no limit is stated. */
export function budgetOfHour({ bandwidth, rateLimit }: Pick<Address, "bandwidth" | "rateLimit">, hour: number): number | undefined {
  const limit = rateOf(rateLimit[hour], bandwidth);
  if (limit === undefined || bandwidth === undefined) return limit ?? bandwidth;
  return Math.min(limit, bandwidth);
}

function rateOf(limit: RateLimit | undefined, bandwidth: number | undefined): number | undefined {
  if (typeof limit !== "object") return limit;
  return bandwidth === undefined ? undefined : Math.max(1, Math.round(limit.share * bandwidth));
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

interface Zone {
  formatter: Intl.DateTimeFormat;
  /** Hour of the week by quarter since 1970. */
  known: Map<number, number>;
}

const zones = new Map<string, Zone>();

/** 0 for Monday 00 to 01, as the clocks of the zone show it. */
export function hourOfWeek(timeZone: string, time: number): number {
  const zone = zoneOf(timeZone);
  const quarter = Math.floor(time / QUARTER);
  const known = zone.known.get(quarter);
  if (known !== undefined) return known;
  let hour = 0;
  let day = 0;
  for (const part of zone.formatter.formatToParts(quarter * QUARTER)) {
    if (part.type === "hour") hour = Number(part.value);
    else if (part.type === "weekday") day = DAYS.indexOf(part.value);
  }
  // Enough for the weeks that are being looked at; asking Intl again is slow, not wrong.
  if (zone.known.size >= 5000) zone.known.clear();
  zone.known.set(quarter, day * 24 + hour);
  return day * 24 + hour;
}

function zoneOf(timeZone: string): Zone {
  let zone = zones.get(timeZone);
  if (!zone) {
    zone = {
      formatter: new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", hour: "2-digit", hourCycle: "h23" }),
      known: new Map(),
    };
    zones.set(timeZone, zone);
  }
  return zone;
}
