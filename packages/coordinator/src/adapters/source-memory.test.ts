import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openSourceMemory } from "./source-memory.ts";

function aLog() {
  const lines: string[] = [];
  const note = (_: object, message: string): void => void lines.push(message);
  return { lines, log: { debug: note, info: note, warn: note, error: note } };
}

const row = { places: { "packages/ABC00001/source": { is: "filled" as const } }, systems: ["SRV1"] };

test("what the site data held is known after a restart of the coordinator", async () => {
  const dataDir = temporaryFolder();
  const { log } = aLog();
  const first = openSourceMemory(dataDir, log);
  first.keep(new Map([["dp/ABC00001", row]]));
  first.keep(new Map([["dp/ABC00002", { places: {}, systems: [], accepted: { by: "anna", at: 5 } }]]));
  first.close();
  const second = openSourceMemory(dataDir, log);
  expect(second.all().get("dp/ABC00001")).toEqual(row);
  expect(second.all().get("dp/ABC00002")?.accepted).toEqual({ by: "anna", at: 5 });
  second.close();
});

test("an unreadable memory is set aside with a log line, and the coordinator starts", async () => {
  const dataDir = temporaryFolder();
  await writeFile(join(dataDir, "sources.db"), "not a database, and longer than the header of one would be ".repeat(20));
  const { lines, log } = aLog();
  const memory = openSourceMemory(dataDir, log);
  memory.keep(new Map([["dp/ABC00001", row]]));
  expect(memory.all().size).toBe(1);
  memory.close();
  expect(lines).toEqual([expect.stringContaining("was set aside")]);
  expect(await readdir(dataDir)).toContainEqual(expect.stringMatching(/^sources\.db\.broken-\d+$/));
});

test("the records of a coordinator of form 1 are read completely; a newer form is refused and left as it is", async () => {
  const folder = temporaryFolder();
  const { log } = aLog();
  const file = join(folder, "sources.db");
  const first = new DatabaseSync(file);
  first.exec(await readFile(new URL("../../test-fixtures/form-1/sources.sql", import.meta.url), "utf8"));
  first.close();
  const memory = openSourceMemory(folder, log);
  expect([...memory.all().keys()]).toEqual(["cap/CAP_ABC", "dp/ABC00001"]);
  expect(memory.all().get("dp/ABC00001")?.systems).toEqual(["SRVABC", "SRVSEC"]);
  memory.close();
  const newer = new DatabaseSync(file);
  expect(newer.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  newer.exec("PRAGMA user_version = 9");
  newer.close();
  expect(() => openSourceMemory(folder, log)).toThrow(/sources\.db was written by a newer version \(its form is 9/);
});
