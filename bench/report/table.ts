import type { EndedCase, Goal, Measure } from "../case.ts";

const HEAD = ["case", "measure", "ours", "peer", "ratio", "to reach", "met"];

/** One row per measure, and below it further facts about each case. */
export function renderTable(ended: readonly EndedCase[]): string {
  const rows = [HEAD, ...ended.flatMap(rowsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: string[]) =>
    row.map((cell, i) => (i >= 2 && i <= 4 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ");
  const notes = ended.flatMap(({ case: { name, about }, facts = [], reason }) => [
    "",
    `${name}: ${about}`,
    ...[...facts, ...(reason === undefined ? [] : [`not run: ${reason}`])].map((fact) => `  ${fact}`),
  ]);
  return [...rows.map((row) => line(row).trimEnd()), ...notes].join("\n");
}

function rowsOf({ case: { name, goal }, measures }: EndedCase): string[][] {
  if (!measures) return [[name, "", "-", "-", "-", goal, "NO"]];
  return measures.map((measure, i) => [
    i === 0 ? name : "",
    measure.what,
    formatValue(measure.ours, measure.unit),
    formatValue(measure.peer, measure.unit),
    measure.ratio === null ? "-" : measure.ratio.toFixed(2),
    measure.goal ? formatGoal(measure.goal, measure.unit) : "",
    measure.goal ? (measure.met ? "yes" : "NO") : "",
  ]);
}

function formatValue(value: number, unit: Measure["unit"]): string {
  if (unit === "s") return `${value.toFixed(value < 10 ? 3 : 1)} s`;
  if (unit === "bytes") return value < 1e5 ? `${Math.round(value)} B` : `${(value / 1e6).toFixed(2)} MB`;
  if (unit === "Mbit/s") return `${value.toFixed(2)} Mbit/s`;
  if (unit === "share") return `${(value * 100).toFixed(2)} %`;
  if (unit === "index") return value.toFixed(4);
  return String(value);
}

function formatGoal({ of, at, value }: Goal, unit: Measure["unit"]): string {
  return `${of === "ours" ? "ours " : ""}${at === "most" ? "<=" : ">="} ${of === "ours" ? formatValue(value, unit) : value}`;
}
