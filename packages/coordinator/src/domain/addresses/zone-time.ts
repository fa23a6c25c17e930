const WRITTEN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/;

/** Whether a text is a date and a time of day such as `2026-11-23T08:00`. */
export function isZoneTime(text: string): boolean {
  const utc = asUtc(text);
  return utc !== undefined && new Date(utc).toISOString().startsWith(text);
}

/**
 * The moment (ms since 1970) at which the local time of a zone is `text`. In an hour that is skipped in spring: as if the clocks had not
 * been put forward; in one that is repeated in autumn: the first of the two.
 */
export function zoneTime(text: string, timeZone: string): number {
  const shown = asUtc(text);
  if (shown === undefined) throw new RangeError(`"${text}" is not a date and time`);
  const before = shown - offsetAt(timeZone, shown - DAY);
  if (before + offsetAt(timeZone, before) === shown) return before;
  const after = shown - offsetAt(timeZone, shown + DAY);
  return after + offsetAt(timeZone, after) === shown ? after : before;
}

const DAY = 24 * 60 * 60 * 1000;

function asUtc(text: string): number | undefined {
  const [, year, month, day, hour, minute] = (WRITTEN.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute);
}

/** Offset of a zone from UTC, ms. */
function offsetAt(timeZone: string, time: number): number {
  const parts = formatOf(timeZone).formatToParts(time);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - Math.floor(time / 1000) * 1000;
}

/** By time zone: making one takes longer than a hundred uses. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
  });
  formats.set(timeZone, format);
  return format;
}
