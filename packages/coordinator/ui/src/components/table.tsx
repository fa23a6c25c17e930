import type { ComponentChildren, Key } from "preact";
import { useFirst } from "./use-first.tsx";

export interface Column<Row> {
  head: string;
  value: (row: Row) => ComponentChildren;
  /** Numbers are aligned right. */
  numeric?: boolean;
  /** Takes the remaining width. */
  wide?: boolean;
  /** The row's header, for screen readers. */
  rowHead?: boolean;
}

export interface TableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => Key;
  /** What a row is called, for tables that may have more rows than are drawn at once. */
  one?: string;
  /** A line of its own below a row. */
  below?: (row: Row) => ComponentChildren;
}

/** Columns on a wide screen, one card a row on a narrow one. */
export function Table<Row>({ caption, columns, rows, rowKey, one = "row", below }: TableProps<Row>) {
  const { shown, more } = useFirst(rows, one);
  return (
    <>
      <div class="table-frame">
        <table>
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.head} scope="col" class={classOf(column)}>
                  {column.head}
                </th>
              ))}
            </tr>
          </thead>
          {shown.map((row) => (
            <Row key={rowKey(row)} row={row} columns={columns} below={below} />
          ))}
        </table>
      </div>
      {more}
    </>
  );
}

function Row<Data>({ row, columns, below }: { row: Data; columns: readonly Column<Data>[]; below: TableProps<Data>["below"] | undefined }) {
  const extra = below?.(row);
  return (
    <tbody>
      <tr>
        {columns.map((column) =>
          column.rowHead ? (
            <th key={column.head} scope="row" class={classOf(column)} data-label={column.head}>
              {column.value(row)}
            </th>
          ) : (
            <td key={column.head} class={classOf(column)} data-label={column.head}>
              {column.value(row)}
            </td>
          ),
        )}
      </tr>
      {extra && (
        <tr class="below">
          <td colSpan={columns.length}>{extra}</td>
        </tr>
      )}
    </tbody>
  );
}

function classOf({ numeric, wide }: { numeric?: boolean; wide?: boolean }): string {
  return `${numeric ? "numeric" : ""}${wide ? " wide" : ""}`;
}
