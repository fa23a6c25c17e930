import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { decodeCoordinatorMessage } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { readAgentFile, storeJoin } from "../join/agent-file.ts";
import { openDatabase } from "./database.ts";
import { openOutbox } from "./outbox.ts";
import { openRootTable } from "./root-table.ts";
import { createUnitStore } from "./unit-store.ts";

/** The memory of an agent of form 1, as it was after two rebuilds. */
function form1(): string {
  const folder = temporaryFolder();
  const database = new DatabaseSync(join(folder, "agent.db"));
  database.exec(readFileSync(new URL("../../../test-fixtures/form-1/agent.sql", import.meta.url), "utf8"));
  database.close();
  return folder;
}

test("the memory of an agent of form 1 is read completely, and marked with the current form", () => {
  const database = openDatabase(form1());
  const units = createUnitStore(database);
  expect(units.all().map(({ unit, live, previous }) => [unit.name, live?.manifest?.length, previous !== undefined])).toEqual([
    ["CAP_ABC", 64, true],
    ["ABC00001", 64, true],
  ]);
  expect(units.unitsInSwitch()).toEqual([]);
  const [cap] = units.all();
  expect(cap?.live?.seen?.owned.map(({ path }) => path)).toContain("CAP_ABC/offerinf.box");
  expect(openRootTable(database).find(cap?.root ?? "")?.identity).toMatch(/^[0-9a-f-]{36}$/);
  expect(openOutbox(database, Date.now).last()).toBeGreaterThan(0);
  const orders = database.prepare("SELECT body FROM orders").all() as { body: Uint8Array }[];
  expect(orders.map(({ body }) => decodeCoordinatorMessage(body).kind)).toEqual(orders.map(() => "order"));
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  database.close();
});

test("the memory of a newer version is refused by name, and left as it is", () => {
  const folder = form1();
  const newer = new DatabaseSync(join(folder, "agent.db"));
  newer.exec("PRAGMA user_version = 7");
  newer.close();
  expect(() => openDatabase(folder)).toThrow(/agent\.db was written by a newer version \(its form is 7/);
  const after = new DatabaseSync(join(folder, "agent.db"));
  expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 7 });
  after.close();
});

test("the file of a join of form 1 is read completely and written in the current form; that of a newer version is refused and left as it is", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "agent.json");
  copyFileSync(new URL("../../../test-fixtures/form-1/agent.json", import.meta.url), path);
  const file = await readAgentFile(folder);
  expect(file).toMatchObject({ url: "https://sitesrv.example:7400/", name: "SRVSEC" });
  expect(file.roots.map(({ role, path: root }) => `${role} ${root}`)).toEqual(["dp /srv/dp", "cap /srv/cap"]);
  await storeJoin(folder, () => file);
  expect(readFileSync(path, "utf8")).toMatch(/^\{\n {2}"form": 1,/);
  expect(await readAgentFile(folder)).toEqual(file);
  const newer = JSON.stringify({ form: 7, somewhere: "else" });
  writeFileSync(path, newer);
  await expect(readAgentFile(folder)).rejects.toMatchObject({
    code: "VERSION_UNSUPPORTED",
    message: expect.stringContaining("agent.json was written by a newer version (its form is 7") as string,
  });
  expect(readFileSync(path, "utf8")).toBe(newer);
});

test("an invalid state is reported as damage of the file, not taken for an empty one", () => {
  const database = openDatabase(form1());
  database.exec(`UPDATE units SET state = '{"unit":{"role":"dp","name":"ABC00001"}}' WHERE unit = 'dp/ABC00001'`);
  expect(() => createUnitStore(database).all()).toThrow(/a row of units cannot be read: the state of ABC00001 lacks its lists/);
  database.close();
});
