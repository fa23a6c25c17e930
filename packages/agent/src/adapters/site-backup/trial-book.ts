import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { byAge } from "../../app/site-backup/ports.ts";
import type { Trial } from "../../app/site-backup/trial.ts";
import { namesIn } from "./names-in.ts";
import { readNote } from "./note-file.ts";

/** Trials whose records are kept. */
const KEPT = 20;
const NAME = /^(\d{8}T\d{6}Z-[0-9a-f]{8})\.json$/;

const ADVICE = "it is the record of a trial; move it away, and remove what that trial restored from the folder 'trial' beside its own";

function isTrial({ id, began }: Trial): boolean {
  return NAME.test(`${id}.json`) && Number.isSafeInteger(began);
}

/** Records of trials, and the folder in which each restores. */
export interface TrialBook {
  /** The newest first. */
  all(): Promise<Trial[]>;
  write(trial: Trial): Promise<void>;
  /** Where a trial restores. */
  folderOf(id: string): string;
  /** Nothing of what it restored remains. */
  clean(id: string): void;
}

/** @param own Sitewright's own folder in that of the backup. */
export function openTrialBook(own: string): TrialBook {
  const records = join(own, "trials");
  const folderOf = (id: string) => join(own, "trial", id);
  const all = async (): Promise<Trial[]> => {
    const names = (await namesIn(records)).filter((name) => NAME.test(name));
    const read = await Promise.all(names.map((name) => readNote<Trial>(join(records, name), isTrial, ADVICE)));
    return read.filter((trial) => trial !== undefined).sort(byAge(Date.now()));
  };
  return {
    folderOf,
    all,
    async write(trial) {
      makeFolder(records, 0o700);
      await writeFileAtomic(join(records, `${trial.id}.json`), `${JSON.stringify(trial)}\n`, 0o600);
      const surplus = (await all()).slice(KEPT).filter((one) => one.id !== trial.id);
      for (const { id } of surplus) await rm(join(records, `${id}.json`), { force: true });
      await syncFolder(records);
    },
    clean: (id) => rmSync(folderOf(id), { recursive: true, force: true }),
  };
}
