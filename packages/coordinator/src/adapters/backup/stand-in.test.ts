import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authorityKey, isSignedSuccession, signSuccession } from "@sitewright/node-kit/succession";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { backups } from "../../backups.ts";
import { openCoordinatorId } from "../files/coordinator-file.ts";
import { openPki } from "../pki.ts";
import { readBackup, writeBackup } from "./backup-file.ts";
import { prepareStandIn, readDataFolder, requireFinished, writeDataFolder } from "./data-folder.ts";
import { readSuccession, writeSuccession } from "./succession-file.ts";
import { openTenure, readTenure } from "./tenure-file.ts";

const NOW = 1_790_000_000_000;
const STATE = { agents: [{ system: "SRVSEC", key: "aa00", joinedAt: 5 }], overrides: {} };

let dataDir: string;
let prepared: string;
let file: string;
let coordinator: string;
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-stand-in-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  [dataDir, prepared, file] = [join(folder, "data"), join(folder, "prepared"), join(folder, "site.backup")];
  await openPki(dataDir, () => NOW);
  coordinator = await openCoordinatorId(dataDir);
  await openTenure(dataDir, NOW - 1_000);
  await prepareStandIn(prepared);
});

const keyIn = (folder: string) => authorityKey(new X509Certificate(readFileSync(join(folder, "ca.pem"))));

async function takeBackup(number: number): Promise<void> {
  const standIn = { successor: keyIn(prepared), number };
  await backups.save({ dataDir, file, state: { coordinator, ...STATE }, standIn });
}

test("a backup for a coordinator that stands in holds no key, and makes its prepared folder that of the same coordinator with its own CA", async () => {
  const before = ["ca.pem", "ca-key.pem"].map((name) => readFileSync(join(prepared, name), "utf8"));
  await prepareStandIn(prepared);
  await takeBackup(NOW);
  expect((await readBackup(file, undefined)).backup).not.toHaveProperty("caKey");
  expect(await backups.restore({ dataDir: prepared, file })).toMatchObject({ agents: 1, standsIn: NOW });
  requireFinished(prepared);
  expect(["ca.pem", "ca-key.pem"].map((name) => readFileSync(join(prepared, name), "utf8"))).toEqual(before);
  expect(readFileSync(join(prepared, "coordinator-id"), "utf8").trim()).toBe(coordinator);
  expect((await readTenure(prepared))?.restored).toBeGreaterThan(0);
  const { number, statements } = await readSuccession(prepared);
  expect([number, statements]).toEqual([
    0,
    [expect.objectContaining({ from: keyIn(dataDir), to: keyIn(prepared), number: NOW, coordinator })],
  ]);
  expect(statements.every(isSignedSuccession)).toBe(true);
});

test("the statements by which a coordinator is believed go on to the one that stands in for it, and to one that is restored", async () => {
  await takeBackup(7);
  await backups.restore({ dataDir: prepared, file });
  const { statements } = await readSuccession(prepared);
  const next = `${prepared}-next`;
  await prepareStandIn(next);
  await backups.save({ dataDir: prepared, file, state: { coordinator, ...STATE }, standIn: { successor: keyIn(next), number: 8 } });
  await backups.restore({ dataDir: next, file });
  expect((await readSuccession(next)).statements).toEqual([
    ...statements,
    expect.objectContaining({ from: keyIn(prepared), to: keyIn(next) }),
  ]);

  await writeSuccession(prepared, { number: 9, successor: keyIn(next), statements });
  await backups.save({ dataDir: prepared, file, state: { coordinator, ...STATE } });
  const restored = `${prepared}-restored`;
  expect(await backups.restore({ dataDir: restored, file })).not.toHaveProperty("standsIn");
  // Whom it named may have been revoked after the backup: it is named again, under a new number.
  expect(await readSuccession(restored)).toEqual({ number: 9, statements });
});

test("a folder without the CA that was named is refused for it, and stays as it was", async () => {
  await takeBackup(NOW);
  const other = `${prepared}-other`;
  await prepareStandIn(other);
  await expect(backups.restore({ dataDir: other, file })).rejects.toThrow(/is for another coordinator than that of/);
  expect(
    readdirSync(other)
      .filter((name) => name !== "coordinator.lock")
      .toSorted(),
  ).toEqual(["ca-key.pem", "ca.pem"]);
  await expect(backups.restore({ dataDir: `${prepared}-none`, file })).rejects.toMatchObject({ code: "BACKUP_INVALID" });
  await expect(backups.restore({ dataDir, file })).rejects.toMatchObject({ code: "DATA_DIR_NOT_EMPTY" });
  await expect(prepareStandIn(dataDir)).rejects.toMatchObject({ code: "DATA_DIR_NOT_EMPTY" });
});

test("a backup whose statement another CA signed, or about another coordinator, is refused", async () => {
  const { backup, ca, caKey } = await readDataFolder(dataDir, STATE);
  const { caKey: _, ...rest } = backup;
  const named = { coordinator, number: 1, from: keyIn(dataDir), to: keyIn(prepared) };
  const foreign = createPrivateKey(readFileSync(join(prepared, "ca-key.pem")));
  for (const statement of [signSuccession(named, foreign), signSuccession({ ...named, coordinator: "another" }, createPrivateKey(caKey))]) {
    await writeBackup(file, { backup: { ...rest, succession: { number: 0, statements: [statement] } }, ca, caKey, at: NOW });
    await expect(writeDataFolder(prepared, await readBackup(file, undefined), NOW)).rejects.toMatchObject({ code: "BACKUP_INVALID" });
  }
});

test("a damaged record of successions is refused with advice", async () => {
  writeFileSync(join(dataDir, "succession.json"), '{"number":"x"}');
  await expect(readSuccession(dataDir)).rejects.toMatchObject({
    code: "DATA_FILE_UNUSABLE",
    message: expect.stringContaining("restore it"),
  });
});
