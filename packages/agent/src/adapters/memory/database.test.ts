import { copyFileSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { loadSigner } from "../join/identity.ts";
import { readAgentFile } from "../join/agent-file.ts";
import { openDatabase } from "./database.ts";
import { createManifestStore } from "./manifest-store.ts";
import { createUnitStore } from "./unit-store.ts";

const unit = { role: "dp", name: "ABC00001" } as const;

/** A data folder with a memory whose file was changed by `damage`. */
function damaged(damage: (path: string) => void): string {
  const dataDir = temporaryFolder();
  const database = openDatabase(dataDir);
  const units = createUnitStore(database);
  for (let i = 0; i < 400; i++) units.stagedFiles.add(unit, [[`ABC00001/${"long/".repeat(20)}${i}`, `identity ${i}`]]);
  database.close();
  damage(join(dataDir, "agent.db"));
  return dataDir;
}

function overwrite(path: string, at: number): void {
  const fd = openSync(path, "r+");
  writeSync(fd, Buffer.alloc(4096, 0xa5), 0, 4096, at);
  closeSync(fd);
}

test.each<[what: string, damage: (path: string) => void]>([
  ["its first page", (path) => overwrite(path, 0)],
  ["a page in its middle", (path) => overwrite(path, 4096 * 5)],
  ["all of it", (path) => writeFileSync(path, "this is not a database, and it is longer than a header".repeat(100))],
])("a memory of which %s is damaged is reported as damaged, with the file and the remedy, and is unchanged", (_, damage) => {
  const dataDir = damaged(damage);
  const before = readFileSync(join(dataDir, "agent.db"));
  expect(() => openDatabase(dataDir)).toThrow(
    expect.objectContaining({
      code: "DATA_DAMAGED",
      path: join(dataDir, "agent.db"),
      message: expect.stringContaining("restore the file from a backup") as string,
    }),
  );
  expect(readFileSync(join(dataDir, "agent.db")).equals(before)).toBe(true);
});

test("a memory that another agent has open is reported as in use", () => {
  const dataDir = temporaryFolder();
  const database = openDatabase(dataDir);
  expect(() => openDatabase(dataDir)).toThrow(expect.objectContaining({ code: "AGENT_DATA_IN_USE" }));
  database.close();
});

test("a folder in place of the memory, or a file in place of the data folder, is reported by its path", () => {
  const dataDir = temporaryFolder();
  mkdirSync(join(dataDir, "agent.db"));
  expect(() => openDatabase(dataDir)).toThrow(expect.objectContaining({ code: "ACCESS_DENIED", path: join(dataDir, "agent.db") }));
  writeFileSync(join(dataDir, "file"), "");
  expect(() => openDatabase(join(dataDir, "file", "data"))).toThrow(
    expect.objectContaining({ code: "IO_ERROR", path: join(dataDir, "file", "data") }),
  );
  writeFileSync(join(dataDir, "manifests"), "");
  expect(() => createManifestStore(dataDir)).toThrow(expect.objectContaining({ code: "IO_ERROR", path: join(dataDir, "manifests") }));
});

test("a unit whose state cannot be read is reported as damage of the memory, never as an internal error", () => {
  const dataDir = temporaryFolder();
  const database = openDatabase(dataDir);
  const units = createUnitStore(database);
  database.prepare("INSERT INTO units VALUES ('dp/ABC00001', 'no JSON')").run();
  expect(() => units.read(unit)).toThrow(expect.objectContaining({ code: "DATA_DAMAGED", path: join(dataDir, "agent.db") }));
  database.close();
});

test("an unreadable manifest, whatever is in its place, counts as missing", () => {
  const dataDir = temporaryFolder();
  const store = createManifestStore(dataDir);
  mkdirSync(join(dataDir, "manifests", "a".repeat(64)));
  writeFileSync(join(dataDir, "manifests", "b".repeat(64)), "damaged");
  expect([store.open("a".repeat(64)), store.open("b".repeat(64))]).toEqual([undefined, undefined]);
});

test("a damaged or missing file of a join is reported by its name, with the remedy", async () => {
  const dataDir = temporaryFolder();
  await expect(readAgentFile(dataDir)).rejects.toMatchObject({
    code: "NOT_JOINED",
    message: expect.stringContaining("holds no agent that joined") as string,
  });
  writeFileSync(join(dataDir, "agent.json"), '{"url":');
  await expect(readAgentFile(dataDir)).rejects.toMatchObject({
    code: "NOT_JOINED",
    message: expect.stringContaining("agent.json is damaged: restore it") as string,
  });
  await expect(loadSigner(dataDir)).rejects.toMatchObject({
    code: "NOT_JOINED",
    message: expect.stringContaining("agent-key.pem is missing") as string,
  });
  copyFileSync(join(dataDir, "agent.json"), join(dataDir, "agent-key.pem"));
  await expect(loadSigner(dataDir)).rejects.toMatchObject({
    message: expect.stringContaining("agent-key.pem is damaged: restore it") as string,
  });
});
