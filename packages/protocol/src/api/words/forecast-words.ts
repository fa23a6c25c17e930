import type { AddressForecast, Course, Forecast, OpenReason } from "../runs/forecasts.ts";
import { formatBitRate, formatHour, formatWindowWait, shortList } from "./format.ts";

const OPEN: Record<OpenReason, string> = {
  "site-quarantined": "the rest waits for the recovery of its site",
  "agent-away": "the rest waits for agents that are away",
  "address-paused": "the rest waits until the address is resumed",
  "never-opens": "no window opens for the rest",
  "too-long": "the rest takes longer than eight weeks",
  "no-rate": "no limit is stated, and nothing was measured yet",
  "not-verified": "the rest depends on what the verification finds",
};

/** Why the time when the rest is served cannot be forecast. */
export function openWords(reason: OpenReason): string {
  return OPEN[reason];
}

/** `90 % of what clients need by Mon 14:20 (Chicago), all bytes by Sun 03:10 (Chicago)`. */
export function courseWords(forecast: Forecast, now: number): string {
  const { madeAt, total } = forecast;
  const { ninetyAt, endsAt } = total;
  const timeZone = zoneOfRun(forecast);
  const parts = [
    ...(ninetyAt === undefined
      ? []
      : [`90 % of what clients need ${ninetyAt <= madeAt ? "since" : "by"} ${formatHour(ninetyAt, timeZone, now)}`]),
    ...(endsAt === undefined ? [] : [`all bytes by ${formatHour(endsAt, timeZone, now)}`]),
    ...restWords(total, timeZone, now),
  ];
  return parts.join(", ") || "nothing is going to be served";
}

/** How far it gets for certain, and why not further; empty where it has an end. */
function restWords({ curve, open }: Course, timeZone: string, now: number): string[] {
  const last = curve.at(-1);
  if (open === undefined) return [];
  const certain = last && last[0] > now ? [`${Math.floor(last[1] * 100)} % by ${formatHour(last[0], timeZone, now)}`] : [];
  return [...certain, OPEN[open]];
}

/** Further facts about a line: the window it waits for, and the rate its end is based on. */
export function noteWords(line: AddressForecast, now: number): string {
  const { waits, open, measured } = line;
  const parts = [
    ...(waits ? [formatWindowWait(waits, now)] : []),
    ...(open === "never-opens" && waits ? [] : restWords(line, zoneOf(line), now)),
    ...(measured === undefined ? [] : [`at the ${formatBitRate(measured)} that were measured`]),
  ];
  return parts.join("; ");
}

export function zoneOf({ timeZone }: Pick<AddressForecast, "timeZone">): string {
  return timeZone ?? ownTimeZone();
}

/** Time zone of the reader. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Names in one sentence: whoever needs all of thousands has the JSON. */
const MOST_NAMES = 12;

/** What a whole forecast leaves out; empty when it is complete. */
export function leftOutWords({ addresses, away }: Forecast): string[] {
  const unknown = addresses.filter(({ open }) => open === "no-rate").map(({ address }) => address ?? "the coordinator's own network");
  return [
    ...(away.length > 0 ? [`still to come, as their agents are away: ${shortList(away, MOST_NAMES)}`] : []),
    ...(unknown.length > 0 && unknown.length < addresses.length
      ? [`not counted, as no rate is known there: ${shortList(unknown, MOST_NAMES)}`]
      : []),
  ];
}

/** The time zone in which the times of a whole run are shown: that of the addresses where they all agree, else the reader's. */
export function zoneOfRun({ addresses }: Pick<Forecast, "addresses">): string {
  const zones = new Set(addresses.flatMap(({ timeZone }) => timeZone ?? []));
  const [only] = zones;
  return zones.size === 1 && only !== undefined ? only : ownTimeZone();
}
