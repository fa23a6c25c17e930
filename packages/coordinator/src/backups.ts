import { createHash, X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { readBackup, writeBackup } from "./adapters/backup/backup-file.ts";
import { readDataFolder, writeDataFolder } from "./adapters/backup/data-folder.ts";
import type { BackupRequest, Backups, RestoreRequest } from "./cli/commands/backup.ts";

/** Backups of data folders, for the command line. */
export const backups: Backups = {
  async save({ dataDir, file, passphrase, state: { coordinator, ...state } }: BackupRequest) {
    const { backup, ca } = await readDataFolder(resolve(dataDir), state);
    if (backup.coordinator !== coordinator)
      throw new SitewrightError(
        "CONFLICT",
        `the coordinator that answers is not that of ${dataDir}: name its own data folder with --data-dir`,
      );
    return { bytes: await writeBackup(resolve(file), { backup, ca, at: Date.now(), passphrase }) };
  },
  async restore({ dataDir, file, passphrase }: RestoreRequest) {
    const read = await readBackup(resolve(file), passphrase);
    await writeDataFolder(resolve(dataDir), read, Date.now());
    const { raw } = new X509Certificate(read.ca);
    return { madeAt: read.at, agents: read.backup.state.agents.length, caHash: createHash("sha256").update(raw).digest("hex") };
  },
};
