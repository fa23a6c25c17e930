import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { syncFolder, writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import type { Owed, OwedJournal } from "../../app/site-backup/ports.ts";

/** @param folder Sitewright's own, in that of the backup: closed to other accounts, because what is in the journal is carried out. */
export function openOwedJournal(folder: string): OwedJournal {
  const path = join(folder, "owed.json");
  return {
    async read() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
      try {
        const owed = JSON.parse(text) as Owed;
        if (Array.isArray(owed.services) && Array.isArray(owed.start)) return owed;
      } catch {
        // Reported below.
      }
      throw new SitewrightError("DATA_DAMAGED", `${path} is damaged: start the services of the site by hand, then remove it`, { path });
    },
    write: (owed) => writeFileAtomic(path, `${JSON.stringify(owed)}\n`, 0o600),
    async clear() {
      await rm(path, { force: true });
      await syncFolder(dirname(path));
    },
  };
}
