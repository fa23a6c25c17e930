import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openCoordinatorId, openOperatorToken } from "./coordinator-file.ts";
import { lockDataDir } from "./lock-data-dir.ts";
import { openLogStore } from "../log-store.ts";

let dataDir: string;
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), "sitewright-data-file-"))));
afterEach(() => rmSync(dataDir, { recursive: true }));

const place = (name: string): string => join(dataDir, name);
const unusable = (name: string) => ({ code: "DATA_FILE_UNUSABLE", path: place(name), message: expect.stringContaining(place(name)) });
const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test("an unreadable log is started again, and one that cannot be opened is kept in memory; both are reported", () => {
  writeFileSync(place("log.db"), "no database ".repeat(1000));
  const renewed = openLogStore(dataDir);
  expect(renewed.trouble).toMatch(/^log\.db could not be read and was started again: /);
  renewed.close();
  rmSync(place("log.db"));
  spawnSync("mkfifo", [place("log.db")]);
  const inMemory = openLogStore(dataDir);
  expect(inMemory.trouble).toMatch(/log\.db cannot be used \(it is no regular file\).*is kept in memory only$/);
  inMemory.append(`${JSON.stringify({ level: 30, time: 1, system: "A", msg: "x" })}\n`);
  expect(inMemory.find({ system: "A" }, 10)).toHaveLength(1);
  inMemory.close();
});

test("a damaged lock is not reported as another coordinator, and it still keeps out a second one", () => {
  writeFileSync(place("coordinator.lock"), "no lock ".repeat(1000));
  expect(thrown(() => lockDataDir(dataDir))).toMatchObject(unusable("coordinator.lock"));
  rmSync(place("coordinator.lock"));
  mkdirSync(place("coordinator.lock"));
  expect(thrown(() => lockDataDir(dataDir))).toMatchObject(unusable("coordinator.lock"));
  rmSync(place("coordinator.lock"), { recursive: true });
  const lock = lockDataDir(dataDir);
  expect(thrown(() => lockDataDir(dataDir))).toMatchObject({ code: "DATA_DIR_IN_USE" });
  lock.release();
});

test("a damaged coordinator id is never replaced automatically, because agents know it", async () => {
  const id = await openCoordinatorId(dataDir);
  expect(await openCoordinatorId(dataDir)).toBe(id);
  for (const spoilt of ["", "half-an-id"]) {
    writeFileSync(place("coordinator-id"), spoilt);
    await expect(openCoordinatorId(dataDir)).rejects.toMatchObject(unusable("coordinator-id"));
  }
  expect(readdirSync(dataDir)).toEqual(["coordinator-id"]);
});

test("a file of secrets that is a pipe or a folder is named, and does not block the start", async () => {
  spawnSync("mkfifo", [place("operator-token")]);
  await expect(openOperatorToken(dataDir)).rejects.toMatchObject(unusable("operator-token"));
  rmSync(place("operator-token"));
  mkdirSync(place("operator-token"));
  await expect(openOperatorToken(dataDir)).rejects.toMatchObject(unusable("operator-token"));
  chmodSync(dataDir, 0o700);
});
