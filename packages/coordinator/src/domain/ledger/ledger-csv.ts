import type { LedgerEntry } from "./entry.ts";

const COLUMNS = ["time", "by", "proof", "from", "kind", "run", "system", "site", "address", "details", "writer", "number", "hash"] as const;

export const CSV_HEAD = `${COLUMNS.join(",")}\r\n`;

/** One entry as a row of RFC 4180. A text that a spreadsheet would run as a formula is prefixed with an apostrophe. */
export function csvRow({ at, by, kind, about, details, writer, number, hash }: LedgerEntry): string {
  const facts = Object.entries(details).map(([key, value]) => `${key}=${value}`);
  const { run = "", system = "", site = "", address = "" } = about;
  const values = [new Date(at).toISOString(), by.name, by.proof, by.address, kind, run, system, site, address];
  return `${[...values, facts.join("; "), writer, String(number), hash].map(field).join(",")}\r\n`;
}

function field(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
