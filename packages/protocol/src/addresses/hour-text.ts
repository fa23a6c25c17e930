import { DAYS, type LineHours, type RateLimit, type Window } from "./hours.ts";

const DAY = 24;
const WEEK = 168;

/** The settings of an address that can change while it is in use, written as in hierarchy.yaml. */
export interface AddressTexts {
  bandwidth?: string;
  /** `{"08-18": "25%"}`; an empty object: no limit but the bandwidth. */
  rateLimit?: Readonly<Record<string, string>>;
  /** `{"Mon-Fri 08-18": "high"}`; an empty object: open at all hours. */
  schedule?: Readonly<Record<string, string>>;
}

/** The settings of an address as hierarchy.yaml words them: reading them again gives the same values. */
export function textsOf({ bandwidth, rateLimit, schedule }: LineHours): AddressTexts {
  return {
    ...(bandwidth === undefined ? {} : { bandwidth: rateText(bandwidth) }),
    ...(rateLimit.some((limit) => limit !== undefined) ? { rateLimit: rateLimitText(rateLimit) } : {}),
    ...(schedule.some((window) => window !== "all") ? { schedule: scheduleText(schedule) } : {}),
  };
}

/** Bit/s, exactly: `1.544 Mbit/s`. */
function rateText(rate: number): string {
  const [size, unit] = rate >= 1e9 ? [1e9, "Gbit/s"] : rate >= 1e6 ? [1e6, "Mbit/s"] : [1e3, "kbit/s"];
  return `${rate / size} ${unit}`;
}

/** 24 hours as ranges: `{"08-18": "25%"}`. */
function rateLimitText(limits: readonly (RateLimit | undefined)[]): Record<string, string> {
  const words = limits.map((limit) =>
    limit === undefined ? undefined : typeof limit === "number" ? rateText(limit) : `${Number((limit.share * 100).toPrecision(12))}%`,
  );
  const runs = runsOf(words).map(({ from, length, value }) => [
    `${two(from)}-${two(from + length > DAY ? from + length - DAY : from + length)}`,
    value,
  ]);
  return Object.fromEntries(runs) as Record<string, string>;
}

/** 168 hours as days and ranges, without the hours that are open to all: `{"Mon-Fri 08-18": "high"}`. */
export function scheduleText(windows: readonly Window[]): Record<string, string> {
  const runs = runsOf(windows.map((window) => (window === "all" ? undefined : window))).flatMap(splitByDays);
  const groups = Map.groupBy(runs, ({ hours, value }) => `${hours} ${value}`);
  const entries = [...groups.values()].flatMap((same) => {
    const [first] = same;
    return first ? [[`${daysText(same.map(({ day }) => day))} ${first.hours}`, first.value]] : [];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

interface Run<Value> {
  from: number;
  length: number;
  value: Value;
}

/** Stretches of one value, also across the end to the beginning; undefined values are left out. */
function runsOf<Value>(values: readonly (Value | undefined)[]): Run<Value>[] {
  const size = values.length;
  const begins = values.flatMap((value, at) => (value === values[(at + size - 1) % size] ? [] : [at]));
  if (begins.length === 0) return values[0] === undefined ? [] : [{ from: 0, length: size, value: values[0] }];
  return begins.flatMap((from, i) => {
    const value = values[from];
    const next = begins[i + 1] ?? (begins[0] ?? 0) + size;
    return value === undefined ? [] : [{ from, length: next - from, value }];
  });
}

/** A run as ranges that each begin on one day: nights stay whole, longer ranges are cut at midnight. */
function splitByDays({ from, length, value }: Run<string>): { day: number; hours: string; value: string }[] {
  const hour = from % DAY;
  const parts: { day: number; hours: string; value: string }[] = [];
  const add = (at: number, first: number, last: number): void =>
    void parts.push({ day: Math.floor((at % WEEK) / DAY), hours: `${two(first)}-${two(last)}`, value });
  if (hour > 0 && hour + length > DAY && length < DAY) {
    add(from, hour, hour + length - DAY);
    return parts;
  }
  for (let at = from; at < from + length;) {
    const first = at % DAY;
    const last = Math.min(DAY, first + from + length - at);
    add(at, first, last);
    at += last - first;
  }
  return parts;
}

/** `Mon-Fri`, `Sat,Sun`, `Tue`. */
function daysText(days: readonly number[]): string {
  const runs: number[][] = [];
  for (const day of days.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.at(-1) === day - 1) last.push(day);
    else runs.push([day]);
  }
  return runs
    .map((run) => (run.length > 2 ? `${DAYS[run[0] ?? 0] ?? ""}-${DAYS[run.at(-1) ?? 0] ?? ""}` : run.map((day) => DAYS[day]).join(",")))
    .join(",");
}

function two(hour: number): string {
  return String(hour).padStart(2, "0");
}
