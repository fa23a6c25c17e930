import { DatabaseSync } from "node:sqlite";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isDamaged, takeForm, transaction } from "./database.ts";

function openScratch(): { database: DatabaseSync; file: string } {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-database-"));
  const file = join(folder, "scratch.db");
  const database = new DatabaseSync(file);
  onTestFinished(() => {
    if (database.isOpen) database.close();
    rmSync(folder, { recursive: true });
  });
  database.exec("CREATE TABLE rows (text TEXT NOT NULL) STRICT");
  return { database, file };
}

const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};
const rowsOf = (database: DatabaseSync) => database.prepare("SELECT count(*) AS rows FROM rows").get()?.rows;
const newer = { code: "VERSION_UNSUPPORTED", name: "the memory" } as const;

test("a transaction without space is reported as a full disk, leaves nothing behind, and the next one works", () => {
  const { database, file } = openScratch();
  database.exec("PRAGMA max_page_count = 10");
  const insert = database.prepare("INSERT INTO rows VALUES (?)");
  const fill = () => {
    for (let i = 0; i < 100; i++) insert.run("x".repeat(4_000));
  };
  expect(thrown(() => transaction(database, fill))).toMatchObject({
    code: "DISK_FULL",
    path: file,
    message: expect.stringMatching(/scratch\.db cannot be written: .*full/) as string,
  });
  expect(rowsOf(database)).toBe(0);
  expect(transaction(database, () => insert.run("small").changes)).toBe(1);
  expect(rowsOf(database)).toBe(1);
});

test("an error of the work itself is thrown unchanged, and its changes are undone", () => {
  const { database } = openScratch();
  const fault = new Error("of the work");
  const work = () => {
    database.exec("INSERT INTO rows VALUES ('a')");
    throw fault;
  };
  expect(thrown(() => transaction(database, work))).toBe(fault);
  expect([rowsOf(database), database.isTransaction]).toEqual([0, false]);
});

test("damage found by a transaction is still recognised as damage of the file, and a full disk is not", () => {
  const { database, file } = openScratch();
  database.close();
  writeFileSync(file, "no database ".repeat(1000));
  const spoilt = new DatabaseSync(file);
  onTestFinished(() => spoilt.close());
  const damage = thrown(() => transaction(spoilt, () => spoilt.exec("INSERT INTO rows VALUES ('a')")));
  expect(damage).toMatchObject({ code: "DATA_DAMAGED" });
  expect([damage, thrown(() => spoilt.exec("SELECT * FROM rows"))].map(isDamaged)).toEqual([true, true]);
  const { database: full } = openScratch();
  full.exec("PRAGMA max_page_count = 3");
  const noRoom = thrown(() => transaction(full, () => full.prepare("INSERT INTO rows VALUES (?)").run("x".repeat(40_000))));
  expect(noRoom).toMatchObject({ code: "DISK_FULL" });
  expect(isDamaged(noRoom)).toBe(false);
});

test("a database is marked with the form of this version, and one of a newer form is refused and left as it is", () => {
  const { database, file } = openScratch();
  const form = () => database.prepare("PRAGMA user_version").get()?.user_version;
  takeForm(database, 2, newer);
  expect(form()).toBe(2);
  takeForm(database, 2, newer);
  expect(thrown(() => takeForm(database, 1, newer))).toMatchObject({
    code: "VERSION_UNSUPPORTED",
    path: file,
    message: "the memory was written by a newer version (its form is 2, and this one knows forms up to 1): start that version",
  });
  expect(form()).toBe(2);
});
