import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLedgerFile } from "./ledger-file.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-test-"));
  file = join(folder, "ledger.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const all = async <T>(lines: AsyncIterable<T>) => Array.fromAsync(lines);

test("lines are read in both directions, including those longer than a block and with letters of several bytes", async () => {
  const lines = Array.from({ length: 300 }, (_, i) => `${i} ${"ü".repeat(i === 40 ? 100_000 : (i * 37) % 900)}`);
  const opened = await openLedgerFile(file);
  await opened.append(lines.slice(0, 100));
  await Promise.all(lines.slice(100).map((line) => opened.append([line])));
  expect(await all(opened.forwards())).toEqual(lines);
  const backwards = await all(opened.backwards());
  expect(backwards.map(({ line }) => line)).toEqual(lines.toReversed());
  const middle = backwards[150];
  expect((await all(opened.backwards(middle?.at))).map(({ line }) => line)).toEqual(lines.toReversed().slice(151));
  await opened.close();
});

test("a partial line that a crash left is removed, and confirmed lines stay", async () => {
  const before = await openLedgerFile(file);
  await before.append(["one", "two"]);
  await before.close();
  appendFileSync(file, `{"half":"${"x".repeat(200_000)}`);
  const opened = await openLedgerFile(file);
  await opened.append(["three"]);
  expect(await all(opened.forwards())).toEqual(["one", "two", "three"]);
  await opened.close();
  expect(readFileSync(file, "utf8")).toBe("one\ntwo\nthree\n");
});

test("only its owner may read it", async () => {
  await (await openLedgerFile(file)).close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("something else in the place of the file is reported with its name", async () => {
  mkdirSync(file);
  await expect(openLedgerFile(file)).rejects.toMatchObject({ code: "DATA_FILE_UNUSABLE", path: file });
});
