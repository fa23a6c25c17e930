import { DAYS } from "@sitewright/protocol";
import { zoneTime } from "../addresses/zone-time.ts";

const WRITTEN = /^([A-Za-z]{3}) +(\d\d):(\d\d)$/;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The next moment (ms since 1970) from `now` on at which the clocks of a zone show `Fri 17:00`; undefined for what is no time of the week. */
export function nextTimeOfWeek(text: string, timeZone: string, now: number): number | undefined {
  const [, day = "", hour, minute] = WRITTEN.exec(text.trim()) ?? [];
  const weekday = DAYS.findIndex((name) => name.toLowerCase() === day.toLowerCase());
  if (weekday < 0 || Number(hour) > 23 || Number(minute) > 59) return undefined;
  const dates = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  // A week, and a day at either end: in the zone it may be another date than by UTC, and today's time may be over.
  for (let ahead = -1; ahead <= 8; ahead++) {
    const date = dates.format(now + ahead * DAY_MS);
    if ((new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7 !== weekday) continue;
    const time = zoneTime(`${date}T${hour}:${minute}`, timeZone);
    if (time >= now) return time;
  }
  return undefined;
}
