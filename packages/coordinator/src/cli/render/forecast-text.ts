import type { AddressForecast, Forecast } from "../../domain/forecast/forecast.ts";
import { courseWords, leftOutWords, noteWords, ownTimeZone, zoneOf } from "./forecast-words.ts";
import { formatBytes, formatHour } from "./format.ts";
import { renderTable } from "./table.ts";

/** One line for all of it, then one for each address. @param now ms since 1970. */
export function renderForecast(forecast: Forecast, now: number): string {
  const zones = new Set(forecast.addresses.map(({ timeZone }) => timeZone ?? ownTimeZone()));
  const [only] = zones;
  const lines = [
    courseWords(forecast.total, zones.size === 1 && only !== undefined ? only : ownTimeZone(), now),
    ...leftOutWords(forecast),
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
