import { DAYS, WINDOWS, type RateLimit, type Window } from "./hours.ts";

const DAY_NAMES = DAYS.map((day) => day.toLowerCase());

/** Hours of an `HH-HH` range, in order: `08-18` is 8 to 17; `18-08` goes over midnight; `00-24` is the day. Undefined: no such range. */
export function parseHours(text: string): number[] | undefined {
  const [, first, last] = /^(\d{1,2})-(\d{1,2})$/.exec(text.trim()) ?? [];
  const from = Number(first);
  const to = Number(last);
  if (!(from <= 23 && to <= 24) || from === to) return undefined;
  const length = to > from ? to - from : 24 - from + to;
  return Array.from({ length }, (_, i) => (from + i) % 24);
}

/** Days of `Mon`, `Mon-Fri`, `Sat,Sun` or a mixture, 0 for Monday; a range may go over the week's end. */
export function parseDays(text: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of text.trim().toLowerCase().split(",")) {
    const [first = "", last = first, ...more] = part.trim().split("-");
    const from = DAY_NAMES.indexOf(first);
    const to = DAY_NAMES.indexOf(last);
    if (from < 0 || to < 0 || more.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return [...days].toSorted((a, b) => a - b);
}

/**
 * Hours of the week (Monday 00 is 0) of `<days> <hours>`, such as `Mon-Fri 08-18`. Hours that go over midnight end on the
 * next day: `Fri 22-06` is Friday night up to Saturday 06.
 */
export function parseWeekHours(text: string): number[] | undefined {
  const parts = /^(\S.*?)\s+(\S+)$/.exec(text.trim());
  const days = parseDays(parts?.[1] ?? "");
  const hours = parseHours(parts?.[2] ?? "");
  const [start] = hours ?? [];
  if (!days || !hours || start === undefined) return undefined;
  return days.flatMap((day) => hours.map((_, i) => (day * 24 + start + i) % 168));
}

const RATE = /^(\d+(?:\.\d+)?)\s*([kmg]?)bit\/s$/i;
const FACTORS: Record<string, number> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** Reads a rate such as `2 Mbit/s` or `512kbit/s`, as bit/s (k is 1000); undefined when it is none, or below 1 kbit/s. */
export function parseBitRate(text: string): number | undefined {
  const [, amount, unit] = RATE.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const rate = Math.round(Number(amount) * (FACTORS[unit.toLowerCase()] ?? 1));
  return rate >= 1000 && Number.isSafeInteger(rate) ? rate : undefined;
}

/** Reads a share such as `25%`, as 0.25; undefined unless it is above 0 and at most 100 %. */
export function parsePercent(text: string): number | undefined {
  const [, amount] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim()) ?? [];
  const share = Number(amount) / 100;
  return share > 0 && share <= 1 ? share : undefined;
}

/** One line of an hour table as it was written: `08-18` and `25%`. */
export interface HourEntry {
  hours: string;
  value: string;
}

/** What is wrong with an entry and what to write instead. */
export interface EntryFault {
  /** Index of the entry; undefined: the table as a whole. */
  entry: number | undefined;
  part: "hours" | "value";
  message: string;
}

export interface HourTable<Value> {
  /** One value per hour; undefined where no entry names the hour. */
  hours: (Value | undefined)[];
  faults: EntryFault[];
}

const DAY = { name: "rateLimit", hours: 24, parse: parseHours, example: '"08-18"' };
const WEEK = { name: "schedule", hours: 168, parse: parseWeekHours, example: '"Mon-Fri 08-18" or "Sat,Sun 00-24"' };

/** Bit/s, or the fault. */
export function readBandwidth(text: string): number | string {
  return parseBitRate(text) ?? `bandwidth "${text}" is not a rate: write "2 Mbit/s" or "512 kbit/s" (1 kbit/s at least)`;
}

/** A rate limit by hours of the day. @param hasBandwidth Without a bandwidth, a share has no meaning and is a fault. */
export function readRateLimit(entries: readonly HourEntry[], hasBandwidth: boolean): HourTable<RateLimit> {
  return readTable<RateLimit>(
    entries,
    DAY,
    ({ value }) => readRate(value, hasBandwidth),
    (a, b) => JSON.stringify(a) === JSON.stringify(b),
  );
}

/** A schedule by hours of the week. */
export function readSchedule(entries: readonly HourEntry[]): HourTable<Window> {
  return readTable<Window>(
    entries,
    WEEK,
    ({ hours, value }) => {
      const window = WINDOWS.find((known) => known === value);
      return window ? { value: window } : { fault: `${hours} "${value}" is not known: write ${WINDOWS.join(" or ")}` };
    },
    (a, b) => a === b,
  );
}

/** Two entries that give the same hour different values are a fault. */
function readTable<Value>(
  entries: readonly HourEntry[],
  { name, hours: length, parse, example }: typeof DAY,
  readValue: (entry: HourEntry) => { value: Value } | { fault: string },
  same: (a: Value, b: Value) => boolean,
): HourTable<Value> {
  const hours: (Value | undefined)[] = Array.from({ length });
  const faults: EntryFault[] = [];
  if (entries.length > length)
    return { hours, faults: [{ entry: undefined, part: "value", message: `${name} has ${entries.length} entries: ${length} at most` }] };
  const claimedBy = new Map<number, string>();
  for (const [entry, written] of entries.entries()) {
    const own = parse(written.hours);
    if (!own) {
      faults.push({ entry, part: "hours", message: `${name} hours "${written.hours}" are not understood: write ${example}` });
      continue;
    }
    const read = readValue(written);
    if ("fault" in read) {
      faults.push({ entry, part: "value", message: read.fault });
      continue;
    }
    const clash = own.find((hour) => claimedBy.has(hour) && !same(hours[hour] as Value, read.value));
    if (clash !== undefined) {
      const earlier = claimedBy.get(clash) ?? "";
      faults.push({ entry, part: "hours", message: `${name} "${written.hours}" contradicts "${earlier}": name each hour once` });
      continue;
    }
    for (const hour of own) {
      hours[hour] = read.value;
      claimedBy.set(hour, written.hours);
    }
  }
  return { hours, faults };
}

function readRate(text: string, hasBandwidth: boolean): { value: RateLimit } | { fault: string } {
  const rate = parseBitRate(text);
  if (rate !== undefined) return { value: rate };
  const share = parsePercent(text);
  if (share !== undefined && hasBandwidth) return { value: { share } };
  if (share !== undefined)
    return { fault: `rateLimit "${text}" is a share, but no bandwidth is stated: state one, or write a rate such as "512 kbit/s"` };
  const bare = /^\d+(\.\d+)?$/.test(text);
  const advice =
    Number.parseFloat(text) === 0
      ? 'to send nothing, write "closed" in schedule'
      : bare
        ? `write "${text}%" or "512 kbit/s"`
        : 'write "25%" (at most 100%) or "512 kbit/s"';
  return { fault: `rateLimit "${text}" ${bare && Number(text) !== 0 ? "needs a unit" : "is not a rate"}: ${advice}` };
}
