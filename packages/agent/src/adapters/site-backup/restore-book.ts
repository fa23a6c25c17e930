import { join } from "node:path";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { byAge } from "../../app/site-backup/ports.ts";
import { RESTORE_STATES, type Restore, type RestoreBook } from "../../app/site-backup/restore-ports.ts";
import { namesIn } from "./names-in.ts";
import { readNote } from "./note-file.ts";

/** Where restores in place are noted, and what they write that does not lie beside its place. */
const NAME = "restores";
const ID = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

/** @param own Sitewright's own folder in that of the backup: closed to other accounts, because what is noted is carried out. */
export function openRestoreBook(own: string): RestoreBook {
  const path = (id: string) => join(own, NAME, id, "restore.json");
  return {
    async all() {
      const names = (await namesIn(join(own, NAME))).filter((name) => ID.test(name));
      const read = await Promise.all(names.map((id) => readRestore(path(id))));
      const older = byAge(Date.now());
      // The clock of a machine that is being repaired is often wrong, and undone in another order they would mix states.
      return read.filter((one) => one !== undefined).sort((a, b) => (b.number ?? 0) - (a.number ?? 0) || older(a, b));
    },
    async write(restore) {
      makeFolder(join(own, NAME, restore.id), 0o700);
      await writeFileAtomic(path(restore.id), `${JSON.stringify(restore)}\n`, 0o600);
    },
  };
}

/** Folder in the place of the backup's own: of what a restore writes (`new`), and of what it keeps (`before`). */
export function restoreFolder(own: string, id: string, of: "new" | "before"): string {
  return join(own, NAME, id, of);
}

/** Undefined: it had only begun. Throws `DATA_DAMAGED`. */
function readRestore(path: string): Promise<Restore | undefined> {
  const advice = "what a restore moved aside lies beside its places, as NAME.before-...; put it back by hand, then move this file away";
  return readNote<Restore>(path, isRestore, advice);
}

function isRestore({ form, id, state, places }: Restore): boolean {
  return form === 1 && ID.test(id) && RESTORE_STATES.includes(state) && Array.isArray(places);
}
