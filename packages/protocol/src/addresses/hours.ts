export const PRIORITIES = ["high", "medium", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What may be sent in one hour of the week. */
export const WINDOWS = ["all", "medium", "high", "closed"] as const;
export type Window = (typeof WINDOWS)[number];

/** A rate, bit/s, or a share of the bandwidth, above 0 and at most 1. */
export type RateLimit = number | { share: number };

/** The hours of a line. */
export interface LineHours {
  /** What the link carries, bit/s; undefined: not stated, unlimited. */
  bandwidth?: number;
  /** 24 hours of the day; undefined: the bandwidth. */
  rateLimit: readonly (RateLimit | undefined)[];
  /** 7 x 24 hours, Monday 00 first. */
  schedule: readonly Window[];
}

/** Of a week, as texts of a schedule name them. */
export const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
/** Time zones and their changes fall on quarters of an hour: neither hour nor day can change between two of them. */
export const QUARTER = 15 * 60 * 1000;

/** Bit/s in an hour of the day; undefined: no limit is stated. */
export function budgetOfHour({ bandwidth, rateLimit }: Pick<LineHours, "bandwidth" | "rateLimit">, hour: number): number | undefined {
  const limit = rateOf(rateLimit[hour], bandwidth);
  if (limit === undefined || bandwidth === undefined) return limit ?? bandwidth;
  return Math.min(limit, bandwidth);
}

function rateOf(limit: RateLimit | undefined, bandwidth: number | undefined): number | undefined {
  if (typeof limit !== "object") return limit;
  return bandwidth === undefined ? undefined : Math.max(1, Math.round(limit.share * bandwidth));
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
    else if (part.type === "weekday") day = DAYS.findIndex((name) => name === part.value);
  }
  // Enough for the weeks in use; a miss only costs a slow call of Intl.
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
