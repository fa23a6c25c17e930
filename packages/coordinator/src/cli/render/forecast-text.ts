import {
  courseWords,
  leftOutWords,
  noteWords,
  zoneOf,
  formatBytes,
  formatHour,
  type RunForecast,
  type AddressForecast,
  type Forecast,
} from "@sitewright/protocol/api";
import { renderTable } from "./table.ts";

/** One line for everything, then one for each address. @param now ms since 1970. */
export function renderForecast(forecast: Forecast, now: number): string {
  const lines = [
    courseWords(forecast, now),
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

/** The current forecast of a run that continues, with the first one. */
export function renderExpected({ first, present }: RunForecast, now: number): string[] {
  if (!present) return [];
  return [`expected: ${courseWords(present, now)}`, ...(first ? [`at first: ${courseWords(first, now)}`] : [])];
}
