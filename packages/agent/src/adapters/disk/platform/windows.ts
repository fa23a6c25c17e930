import { chmodSync, lstatSync, readlinkSync, symlinkSync } from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import { systemCode } from "../disk-error.ts";
import { portable } from "./portable.ts";
import type { EntryKind, Platform } from "./port.ts";

const READ_ONLY = { folder: 0o755, file: 0o444 };
const WRITABLE = { folder: 0o755, file: 0o644 };
const OWNER_WRITES = 0o200;

/** Of permissions, Windows keeps whether a file is read-only. Rights are those of its access control list. */
export const windowsPlatform: Platform = {
  ...portable,
  look: (folder, name) => withKeptMode(portable.look(folder, name)),
  lookForWords: (folder, name) => withKeptMode(portable.lookForWords(folder, name)),

  // A folder may be marked read-only too, which only tells Explorer that it has settings of its own.
  keptMode: (kind, mode) => (mode & OWNER_WRITES ? WRITABLE : READ_ONLY)[kind],
  hasModes: false,

  reclaim(place) {
    const stat = lstatSync(place);
    const isOurs = stat.isFile() && stat.nlink === 1;
    if (isOurs) chmodSync(place, 0o666);
    return isOurs;
  },

  makeLink(target, place) {
    try {
      symlinkSync(target.replaceAll("/", "\\"), place);
    } catch (error) {
      if (systemCode(error) !== "EPERM") throw error;
      throw new SitewrightError(
        "ACCESS_DENIED",
        `${place} is a symbolic link in the source, and the agent's account may not create one: give it the right 'Create symbolic links' (secpol.msc, User Rights Assignment), or put a copy in the place of the link`,
        { path: place, cause: error },
      );
    }
  },
  targetOf: (place) => readlinkSync(place).replaceAll("\\", "/"),
};

function withKeptMode<Facts extends EntryKind>(facts: Facts): Facts {
  const { kind, mode } = facts;
  return kind === "folder" || kind === "file" ? { ...facts, mode: windowsPlatform.keptMode(kind, mode) } : facts;
}
