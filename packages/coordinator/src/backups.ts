import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { authorityKey, signSuccession } from "@sitewright/node-kit/succession";
import { SitewrightError } from "@sitewright/protocol";
import { readBackup, writeBackup } from "./adapters/backup/backup-file.ts";
import { prepareStandIn, readDataFolder, writeDataFolder } from "./adapters/backup/data-folder.ts";
import type { BackupRequest, Backups, RestoreRequest } from "./cli/commands/backup.ts";
import type { Backup } from "./domain/backup/backup.ts";
import { NO_SUCCESSION } from "./domain/backup/succession.ts";

/** Backups of data folders, for the command line. */
export const backups: Backups = {
  async save({ dataDir, file, passphrase, state: { coordinator, ...state }, standIn }: BackupRequest) {
    const { backup, ca, caKey } = await readDataFolder(resolve(dataDir), state);
    if (backup.coordinator !== coordinator)
      throw new SitewrightError(
        "CONFLICT",
        `the coordinator that answers is not that of ${dataDir}: name its own data folder with --data-dir`,
      );
    const saved = standIn ? forStandIn(backup, { ca, caKey, ...standIn }) : backup;
    return { bytes: await writeBackup(resolve(file), { backup: saved, ca, caKey, at: Date.now(), passphrase }) };
  },
  async restore({ dataDir, file, passphrase }: RestoreRequest) {
    const read = await readBackup(resolve(file), passphrase);
    await writeDataFolder(resolve(dataDir), read, Date.now());
    const { caKey, state, succession } = read.backup;
    const standsIn = caKey === undefined ? succession?.statements.at(-1)?.number : undefined;
    return { madeAt: read.at, agents: state.agents.length, caHash: hashOf(read.ca), ...(standsIn === undefined ? {} : { standsIn }) };
  },
  async prepareStandIn(dataDir) {
    return { caHash: (await prepareStandIn(resolve(dataDir))).caHash };
  },
};

/** Everything but the key, and the statement that the CA of `successor` may take over. */
function forStandIn(
  whole: Backup,
  { ca, caKey, successor, number }: { ca: string; caKey: string; successor: string; number: number },
): Backup {
  const { caKey: _key, ...backup } = whole;
  const { statements } = backup.succession ?? NO_SUCCESSION;
  const from = authorityKey(new X509Certificate(ca));
  const statement = signSuccession({ coordinator: backup.coordinator, number, from, to: successor }, createPrivateKey(caKey));
  return { ...backup, succession: { number: 0, statements: [...statements, statement] } };
}

function hashOf(pem: string): string {
  return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
}
