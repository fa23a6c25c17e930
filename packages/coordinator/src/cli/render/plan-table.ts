import { plural } from "@sitewright/protocol";
import { ownTimeZone, formatBytes, formatHour, type Plan, type PlanRow, type PlanTotals } from "@sitewright/protocol/api";
import { renderForecast } from "./forecast-text.ts";
import { renderTable } from "./table.ts";

/**
 * The plan by system and unit, a line for everything, and when it would complete. @param names Of packages, by unit key. @param now ms
 * since 1970.
 */
export function renderPlan(
  { rows, totals, forecast }: Pick<Plan, "rows" | "totals" | "forecast">,
  names: ReadonlyMap<string, string>,
  now: number,
): string {
  const zones = new Map(forecast?.addresses.map(({ address, timeZone }) => [address, timeZone]));
  const table = renderTable<PlanRow>(
    [
      { head: "system", value: (row) => row.system },
      { head: "unit", value: (row) => row.unit },
      { head: "files", align: "right", value: (row) => String(row.files) },
      { head: "source", align: "right", value: (row) => formatBytes(row.sourceBytes) },
      { head: "already there", align: "right", value: (row) => (row.reachable ? formatBytes(row.presentBytes) : "unknown") },
      { head: "to send", align: "right", value: (row) => (row.error && row.reachable ? "-" : `~${formatBytes(row.wireBytes)}`) },
      { head: "address", value: (row) => row.address ?? "local" },
      {
        head: "served by",
        value: ({ servedAt, address }) => (servedAt === undefined ? "" : formatHour(servedAt, zones.get(address) ?? ownTimeZone(), now)),
      },
      { head: "", value: (row) => row.error?.code ?? "" },
      { head: "name", value: ({ unit }) => names.get(unit) ?? "" },
    ],
    rows,
  );
  const left = totals.units - rows.length;
  const more =
    left > 0 ? [`... and ${plural(left, "more unit")}: --json lists all, and --site, --system and --package narrow the plan`] : [];
  return [table, ...more, "", totalsLine(totals), ...(forecast ? ["", renderForecast(forecast, now)] : [])].join("\n");
}

function totalsLine({ units, sourceBytes, presentBytes, wireBytes }: PlanTotals): string {
  return `${plural(units, "unit")}: ${formatBytes(sourceBytes)}, ${formatBytes(presentBytes)} already there, ~${formatBytes(wireBytes)} to send`;
}
