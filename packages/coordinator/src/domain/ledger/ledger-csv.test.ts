import { expect, test } from "vitest";
import { CSV_HEAD, csvRow } from "./ledger-csv.ts";

const ENTRY = {
  form: 1,
  writer: "w1",
  number: 3,
  previous: "aa",
  seen: {},
  at: 0,
  by: { name: "anna", proof: "session", address: "127.0.0.1" },
  kind: "run-started",
  about: { run: "r1" },
  details: { kind: "rebuild", note: 'a "quoted", text' },
  hash: "ff",
};

test("an entry is one row under the head, with its texts quoted where they must be", () => {
  expect(CSV_HEAD.split(",")).toHaveLength(13);
  expect(csvRow(ENTRY)).toBe(
    '1970-01-01T00:00:00.000Z,anna,session,127.0.0.1,run-started,r1,,,,"kind=rebuild; note=a ""quoted"", text",w1,3,ff\r\n',
  );
});

test("a text that a spreadsheet would run as a formula is prefixed with an apostrophe", () => {
  expect(csvRow({ ...ENTRY, by: { ...ENTRY.by, name: "=HYPERLINK(0)" } })).toContain(",'=HYPERLINK(0),");
});
