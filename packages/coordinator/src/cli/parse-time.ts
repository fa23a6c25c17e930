import { SitewrightError } from "@sitewright/protocol";

/** A time such as `2026-01-31T10:00Z`, without a zone by the clock of this machine, ms since 1970. Throws `BAD_REQUEST`. */
export function parseTime(option: string, text: string): number {
  const [, day] = /^(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  // A day that its month does not have would be taken for one of the next month.
  const isDay = day !== undefined && !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
  const time = isDay ? Date.parse(text.replace(" ", "T")) : Number.NaN;
  if (Number.isNaN(time))
    throw new SitewrightError("BAD_REQUEST", `${option} ${text} is no time: write it as "2026-01-31 10:00" or 2026-01-31T10:00Z`);
  return time;
}
