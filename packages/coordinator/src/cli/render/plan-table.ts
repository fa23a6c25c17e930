import type { PlanRow } from "../../domain/plan-rows.ts";
import { formatBytes, formatSeconds } from "./format.ts";
import { renderTable } from "./table.ts";

/** The plan by system and unit, with a last line for all of it. */
export function renderPlan(rows: readonly PlanRow[]): string {
  const table = renderTable<PlanRow>(
    [
      { head: "system", value: (row) => row.system },
      { head: "unit", value: (row) => row.unit },
      { head: "files", align: "right", value: (row) => String(row.files) },
      { head: "source", align: "right", value: (row) => formatBytes(row.sourceBytes) },
      { head: "already there", align: "right", value: (row) => (row.reachable ? formatBytes(row.presentBytes) : "unknown") },
      { head: "to send", align: "right", value: (row) => (row.error && row.reachable ? "-" : `~${formatBytes(row.wireBytes)}`) },
      { head: "address", value: (row) => row.address ?? "local" },
      { head: "time", align: "right", value: (row) => (row.seconds === undefined ? "" : `~${formatSeconds(row.seconds)}`) },
      { head: "", value: (row) => row.error?.code ?? "" },
    ],
    rows,
  );
  return `${table}\n\n${totalsLine(rows)}`;
}

function totalsLine(rows: readonly PlanRow[]): string {
  const sum = (pick: (row: PlanRow) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const longest = Math.max(
    0,
    ...[...Map.groupBy(rows, (row) => row.address).values()].map((own) => own.reduce((total, row) => total + (row.seconds ?? 0), 0)),
  );
  const time = longest > 0 ? `, about ${formatSeconds(longest)} on the slowest line` : "";
  return `${rows.length} units: ${formatBytes(sum((row) => row.sourceBytes))}, ${formatBytes(sum((row) => row.presentBytes))} already there, ~${formatBytes(sum((row) => row.wireBytes))} to send${time}`;
}
