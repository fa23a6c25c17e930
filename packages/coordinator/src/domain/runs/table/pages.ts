import { ROW_STATE_OF, type Condition, type RowState } from "@sitewright/protocol";
import { SLICE } from "../../slices.ts";
import type { Names } from "./columns.ts";
import type { Rows } from "./rows.ts";

export interface RowFilter {
  state?: RowState;
  condition?: Condition;
  system?: string;
  /** Unit key. */
  unit?: string;
  /** Part of the name of a unit or a system. */
  text?: string;
}

export interface Paged {
  limit: number;
  /** Where the page begins: the cursor of the page before, or 0. */
  after: number;
}

export interface Page {
  /** Rows, or numbers of names. */
  items: number[];
  /** On all pages. */
  found: number;
  /** Cursor of the next page; absent: this is the last one. */
  next?: number;
}

/** Rows between two yields: a row takes some nanoseconds. */
const ROWS_AT_ONCE = 20 * SLICE;

/** A page of the rows that fit, in the order of the plan; the cursor is the row after its last one. Yields periodically. */
export function* pageOfRows(rows: Rows, filter: RowFilter, { limit, after }: Paged): Generator<void, Page> {
  const fits = fitting(rows, filter);
  const page: Page = { items: [], found: 0 };
  let looked = 0;
  for (const row of candidates(rows, filter)) {
    if (++looked % ROWS_AT_ONCE === 0) yield;
    if (!fits(row)) continue;
    page.found += 1;
    if (row < after) continue;
    if (page.items.length < limit) page.items.push(row);
    else page.next ??= row;
  }
  return page;
}

/** The names with this text, in their order; the cursor is a position in it. */
export function pageOfNames(names: Names, text: string, { limit, after }: Paged): Page {
  const wanted = text.trim().toLowerCase();
  const found = Array.from({ length: names.size }, (_, number) => number)
    .filter((number) => names.text(number).toLowerCase().includes(wanted))
    .sort((a, b) => (names.text(a) < names.text(b) ? -1 : 1));
  const next = after + limit;
  return { items: found.slice(after, next), found: found.length, ...(next < found.length ? { next } : {}) };
}

function* candidates(rows: Rows, { system, unit }: RowFilter): Generator<number, void> {
  const [systemAt, unitAt] = [
    system === undefined ? undefined : rows.systems.find(system),
    unit === undefined ? undefined : rows.units.find(unit),
  ];
  if (system !== undefined && systemAt === undefined) return;
  if (systemAt === undefined) for (let row = 0; row < rows.count; row++) yield row;
  else if (unit === undefined) yield* rows.ofSystem(systemAt);
  else {
    const row = unitAt === undefined ? undefined : rows.ofUnit(systemAt, unitAt);
    if (row !== undefined) yield row;
  }
}

function fitting(rows: Rows, { state, condition, unit, text = "" }: RowFilter): (row: number) => boolean {
  const unitAt = unit === undefined ? undefined : rows.units.find(unit);
  const hasText = withText(rows, text.trim().toLowerCase());
  return (row) => {
    if (state !== undefined && ROW_STATE_OF[rows.stateOf(row)] !== state) return false;
    if (condition !== undefined && rows.conditionOf(row) !== condition) return false;
    if (unit !== undefined && rows.unitOf(row) !== unitAt) return false;
    return hasText(row);
  };
}

/** Each name is compared once, not each row. */
function withText({ systems, units, systemOf, unitOf }: Rows, wanted: string): (row: number) => boolean {
  if (wanted === "") return () => true;
  const [inSystem, inUnit] = [remembered(systems, wanted), remembered(units, wanted)];
  // A text with a space may begin in the name of the system and end in that of the unit.
  const spans = wanted.includes(" ");
  const inBoth = (row: number): boolean => `${systems.text(systemOf(row))} ${units.text(unitOf(row))}`.toLowerCase().includes(wanted);
  return (row) => inSystem(systemOf(row)) || inUnit(unitOf(row)) || (spans && inBoth(row));
}

function remembered(names: Names, wanted: string): (number: number) => boolean {
  const known: boolean[] = [];
  return (number) => (known[number] ??= names.text(number).toLowerCase().includes(wanted));
}
