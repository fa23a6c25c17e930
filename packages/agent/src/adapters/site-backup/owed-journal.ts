import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder, writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import type { Owed, OwedJournal } from "../../app/site-backup/ports.ts";
import { readNote } from "./note-file.ts";

const ADVICE = "start the services of the site by hand, then remove it";

/** @param folder Sitewright's own, in that of the backup: closed to other accounts, because what is in the journal is carried out. */
export function openOwedJournal(folder: string): OwedJournal {
  const path = join(folder, "owed.json");
  return {
    read: () => readNote<Owed>(path, ({ services, start }) => Array.isArray(services) && Array.isArray(start), ADVICE),
    write: (owed) => writeFileAtomic(path, `${JSON.stringify(owed)}\n`, 0o600),
    async clear() {
      await rm(path, { force: true });
      await syncFolder(dirname(path));
    },
  };
}
