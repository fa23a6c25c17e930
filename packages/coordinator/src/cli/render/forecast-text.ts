import type { AddressForecast, Forecast } from "../../domain/forecast/forecast.ts";
import type { Course, OpenReason } from "../../domain/forecast/course.ts";
import { formatBitRate, formatBytes, formatHour, formatWindowWait } from "./format.ts";
import { renderTable } from "./table.ts";

const OPEN: Record<OpenReason, string> = {
  "agent-away": "the rest waits for agents that are away",
  "address-paused": "the rest waits until the address is resumed",
  "never-opens": "no window opens for the rest",
  "too-long": "the rest takes longer than eight weeks",
  "no-rate": "no limit is stated, and nothing was measured yet",
  "not-verified": "the rest depends on what the verification finds",
};

/** One line for all of it, then one for each address. @param now ms since 1970. */
export function renderForecast(forecast: Forecast, now: number): string {
  const zones = new Set(forecast.addresses.map(({ timeZone }) => timeZone ?? ownTimeZone()));
  const [only] = zones;
  const lines = [
    courseWords(forecast.total, zones.size === 1 && only !== undefined ? only : ownTimeZone(), now),
    ...(forecast.away.length > 0 ? [`not counted, because their agents are away: ${forecast.away.join(", ")}`] : []),
    "",
    renderTable<AddressForecast>(
      [
        { head: "address", value: ({ address }) => address ?? "own network" },
        { head: "to send", align: "right", value: ({ wireBytes }) => `~${formatBytes(wireBytes)}` },
        { head: "90 % served", value: (line) => (line.ninetyAt === undefined ? "-" : formatHour(line.ninetyAt, zoneOf(line), now)) },
        { head: "all served", value: (line) => (line.endsAt === undefined ? "-" : formatHour(line.endsAt, zoneOf(line), now)) },
        { head: "", value: (line) => noteWords(line, now) },
      ],
      forecast.addresses,
    ),
  ];
  return lines.join("\n");
}

/** `90 % of what clients need by Mon 14:20 (Chicago), all bytes by Sun 03:10 (Chicago)`. */
export function courseWords({ ninetyAt, endsAt, open }: Course, timeZone: string, now: number): string {
  const parts = [
    ...(ninetyAt === undefined ? [] : [`90 % of what clients need by ${formatHour(ninetyAt, timeZone, now)}`]),
    ...(endsAt === undefined ? [] : [`all bytes by ${formatHour(endsAt, timeZone, now)}`]),
    ...(open === undefined ? [] : [OPEN[open]]),
  ];
  return parts.join(", ") || "nothing is going to be served";
}

/** What else is to be known about a line: which window it waits for, and what its end goes by. */
export function noteWords({ waits, open, measured }: AddressForecast, now: number): string {
  const parts = [
    ...(waits ? [formatWindowWait(waits, now)] : []),
    ...(open !== undefined && !(open === "never-opens" && waits) ? [OPEN[open]] : []),
    ...(measured === undefined ? [] : [`at the ${formatBitRate(measured)} that were measured`]),
  ];
  return parts.join("; ");
}

export function zoneOf({ timeZone }: Pick<AddressForecast, "timeZone">): string {
  return timeZone ?? ownTimeZone();
}

/** Of whoever reads this. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
