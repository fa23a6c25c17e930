import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { silent } from "../../../test-support/redis/redis-fixture.ts";
import type { Backup, SavedState } from "../../domain/backup/backup.ts";
import { openCoordinatorId } from "../files/coordinator-file.ts";
import { lockDataDir } from "../files/lock-data-dir.ts";
import { openPki } from "../pki.ts";
import { openSourceMemory } from "../source-memory.ts";
import { readBackup, writeBackup } from "./backup-file.ts";
import { readDataFolder, requireFinished, writeDataFolder } from "./data-folder.ts";
import { readRestoredState } from "./restored-state.ts";
import { openTenure, readTenure } from "./tenure-file.ts";

const NOW = 1_790_000_000_000;
const STATE: SavedState = {
  agents: [{ system: "SRVSEC", key: "aa00", joinedAt: 5 }],
  generation: { epoch: 1, counter: 7 },
  overrides: { SEC: { override: { paused: true }, by: "anna", at: 6 } },
};
const UNIT = { places: { "packages/ABC00001": { is: "filled" as const } }, systems: ["SRVSEC"] };

const UNDO_POINTS = '{"form":1,"points":{"SEC":{"files":[{"path":"ABC/site.yaml","before":"a","after":"b"}]}}}';

let folder: string;
let dataDir: string;
let file: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-backup-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  [dataDir, file] = [join(folder, "data"), join(folder, "site.backup")];
  await openPki(dataDir, () => NOW);
  await openCoordinatorId(dataDir);
  await openTenure(dataDir, NOW - 1_000);
  writeFileSync(join(dataDir, "deletions.json"), UNDO_POINTS);
  writeFileSync(join(dataDir, "ledger.jsonl"), '{"number":1}\n{"number":2}\n{"numb');
});

/** Of the folder above, while its coordinator has the site data's memory open. */
async function takeBackup(passphrase?: string): Promise<{ backup: Backup; ca: string }> {
  const memory = openSourceMemory(dataDir, silent);
  memory.keep(new Map([["dp/ABC00001", UNIT]]));
  const taken = await readDataFolder(dataDir, STATE);
  await writeBackup(file, { ...taken, at: NOW, passphrase });
  memory.close();
  return taken;
}

/** Every file of a folder with its content. */
function contentOf(place: string): Record<string, string> {
  return Object.fromEntries(readdirSync(place).map((name) => [name, readFileSync(join(place, name), "hex")]));
}

test("a restored data folder has the keys, the id, the memory and the ledger of the lost one, and a later tenure", async () => {
  await takeBackup();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const restored = join(folder, "new", "data");
  await writeDataFolder(restored, await readBackup(file, undefined), NOW);
  for (const name of ["ca.pem", "ca-key.pem", "coordinator-id", "deletions.json"])
    expect(readFileSync(join(restored, name))).toEqual(readFileSync(join(dataDir, name)));
  for (const name of [".", "ca-key.pem", "restored.json"]) expect(statSync(join(restored, name)).mode & 0o077).toBe(0);
  expect(readFileSync(join(restored, "ledger.jsonl"), "utf8")).toBe('{"number":1}\n{"number":2}\n');
  expect(await readTenure(restored)).toEqual({ restored: NOW, started: 0 });
  expect(await readRestoredState(restored)).toEqual({ madeAt: NOW, state: { ...STATE, generation: { epoch: 2, counter: 7 } } });
  const memory = openSourceMemory(restored, silent);
  expect(memory.all()).toEqual(new Map([["dp/ABC00001", UNIT]]));
  memory.close();
  expect(existsSync(join(restored, "operator-token"))).toBe(false);
});

test("a backup of an earlier version, and of a folder without deletions, is restored without their undo points", async () => {
  rmSync(join(dataDir, "deletions.json"));
  const { backup } = await takeBackup();
  expect(backup).not.toHaveProperty("deletions");
  const restored = join(folder, "new");
  // As an interrupted restore of another backup left it.
  mkdirSync(restored);
  for (const name of ["deletions.json", "restore-unfinished"]) writeFileSync(join(restored, name), UNDO_POINTS);
  await writeDataFolder(restored, await readBackup(file, undefined), NOW);
  expect(existsSync(join(restored, "deletions.json"))).toBe(false);
});

test("a backup with a passphrase is read with that passphrase alone, and none of its secrets can be seen in it", async () => {
  const { backup } = await takeBackup("correct horse battery");
  expect((await readBackup(file, "correct horse battery")).backup).toEqual(backup);
  await expect(readBackup(file, undefined)).rejects.toMatchObject({
    code: "BACKUP_LOCKED",
    message: expect.stringContaining("--passphrase-file"),
  });
  await expect(readBackup(file, "correct horse")).rejects.toMatchObject({
    code: "BACKUP_LOCKED",
    message: expect.stringContaining("not its"),
  });
  expect(readFileSync(file, "latin1")).not.toContain("PRIVATE KEY");
});

test("a backup that was cut off anywhere, or altered in any part, is refused before anything is made of it", async () => {
  await takeBackup();
  const whole = readFileSync(file);
  for (const length of [0, 10, 200, whole.indexOf("\n") + 1, whole.length - 64, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, length));
    await expect(readBackup(file, undefined)).rejects.toMatchObject({ code: "BACKUP_INVALID", path: file });
  }
  for (const at of [whole.indexOf('"at":') + 6, whole.indexOf("\n") + 30, whole.length - 70, whole.length - 3]) {
    const altered = Buffer.from(whole);
    altered[at] = (altered[at] ?? 0) ^ 1;
    writeFileSync(file, altered);
    await expect(readBackup(file, undefined)).rejects.toMatchObject({ code: "BACKUP_INVALID" });
  }
  writeFileSync(file, Buffer.concat([whole, Buffer.from("\n")]));
  await expect(readBackup(file, undefined)).rejects.toMatchObject({ code: "BACKUP_INVALID" });
});

test("no backup, another file, a folder and a backup of a newer version are told apart", async () => {
  await takeBackup();
  await expect(readBackup(join(folder, "none"), undefined)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(readBackup(folder, undefined)).rejects.toMatchObject({ code: "BACKUP_INVALID" });
  await expect(readBackup(join(dataDir, "ca.pem"), undefined)).rejects.toThrow(/it is no backup of a coordinator/);
  writeFileSync(file, readFileSync(file, "latin1").replace('"form":1', '"form":2'), "latin1");
  await expect(readBackup(file, undefined)).rejects.toMatchObject({ code: "VERSION_UNSUPPORTED" });
});

test("a folder that is not empty, or in use, stays as it is to the last byte and its rights", async () => {
  await takeBackup();
  const read = await readBackup(file, undefined);
  const before = contentOf(dataDir);
  await expect(writeDataFolder(dataDir, read, NOW)).rejects.toMatchObject({ code: "DATA_DIR_NOT_EMPTY", path: dataDir });
  expect(contentOf(dataDir)).toEqual(before);
  const foreign = join(folder, "foreign");
  mkdirSync(foreign);
  chmodSync(foreign, 0o755);
  writeFileSync(join(foreign, "letter.txt"), "kept");
  await expect(writeDataFolder(foreign, read, NOW)).rejects.toThrow(/is not empty \(letter.txt\)/);
  expect([readdirSync(foreign), statSync(foreign).mode & 0o777]).toEqual([["letter.txt"], 0o755]);
  const used = join(folder, "used");
  const lock = lockDataDir(used);
  await expect(writeDataFolder(used, read, NOW)).rejects.toMatchObject({ code: "DATA_DIR_IN_USE" });
  lock.release();
});

test("an interrupted restore leaves a folder on which no coordinator starts, and the next restore completes it", async () => {
  await takeBackup();
  const read = await readBackup(file, undefined);
  const restored = join(folder, "new");
  // What a kill between two files leaves.
  await writeDataFolder(restored, read, NOW);
  writeFileSync(join(restored, "restore-unfinished"), "");
  truncateSync(join(restored, "sources.db"), 100);
  rmSync(join(restored, "restored.json"));
  expect(() => requireFinished(restored)).toThrow(
    expect.objectContaining({ code: "DATA_FILE_UNUSABLE", message: expect.stringContaining("again") }),
  );
  await writeDataFolder(restored, read, NOW + 1);
  requireFinished(restored);
  expect(await readTenure(restored)).toEqual({ restored: NOW + 1, started: 0 });
  expect((await readRestoredState(restored))?.state.agents).toEqual(STATE.agents);
});

test("a folder of no coordinator has no backup", async () => {
  await expect(readDataFolder(join(folder, "nothing"), STATE)).rejects.toMatchObject({ code: "NOT_FOUND" });
});
