import { terminalLine } from "@sitewright/protocol";

export interface Column<Row> {
  head: string;
  value: (row: Row) => string;
  align?: "right";
}

/** Rows below a head, columns two spaces apart. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [columns.map((column) => column.head), ...rows.map((row) => columns.map((column) => terminalLine(column.value(row))))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => widthOf(line[i] ?? ""))));
  return cells
    .map((line) =>
      line
        .map((cell, i) => {
          const space = " ".repeat((widths[i] ?? 0) - widthOf(cell));
          return columns[i]?.align === "right" ? space + cell : cell + space;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function widthOf(text: string): number {
  return Array.from(text).length;
}
