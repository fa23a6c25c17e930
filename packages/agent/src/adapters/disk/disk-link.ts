import { closeSync, constants, copyFileSync, fchmodSync, fstatSync, linkSync, openSync, unlinkSync, utimesSync } from "node:fs";
import type { Inode } from "../../domain/file-identity.ts";
import { NO_FOLLOW, ON_LINUX, type Anchor } from "./anchored.ts";
import { attributes } from "./attributes.ts";
import { isAbsent, systemCode } from "./disk-error.ts";
import { openForReading } from "./disk-hash.ts";
import { inodeAt } from "./inode-at.ts";

interface LinkAsk {
  from: string;
  to: string;
}

/**
 * Gives the plain file at `from` a second name at `to`, or where the system allows none (of another owner, one name too many, no links
 * at all) a copy. Returns what lies at `to` then; undefined where there is no file, and false where neither can be made.
 */
export function linkFile(anchor: Anchor, ask: LinkAsk): Inode | false | undefined {
  try {
    const inode = inodeAt(anchor, ask.from, true);
    if (inode === undefined || inodeAt(anchor, ask.to, true) === inode) return inode;
    return linked(anchor, ask) ?? copied(anchor, ask);
  } catch (error) {
    return isAbsent(error) ? undefined : false;
  }
}

const NO_LINK = ["EPERM", "EACCES", "EMLINK", "EXDEV", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EEXIST"];

function linked(anchor: Anchor, { from, to }: LinkAsk): Inode | undefined {
  try {
    linkSync(anchor.place(from), anchor.place(to));
  } catch (error) {
    if (NO_LINK.includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
  return inodeAt(anchor, to, true);
}

/** What cannot be kept is not copied either: nobody is to read there who could not. */
function keepRights(place: string, mode: number, from: string): void {
  const fd = openSync(place, constants.O_RDONLY | NO_FOLLOW);
  try {
    for (const [name, value] of attributes.read(from)) attributes.set(fd, name, value);
    fchmodSync(fd, mode & 0o777);
  } catch (error) {
    unlinkSync(place);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** What lies at `to` is of an attempt before: what is to come in has no such name. */
function copied(anchor: Anchor, { from, to }: LinkAsk): Inode | undefined {
  const source = openForReading(anchor.place(from));
  try {
    const place = anchor.place(to);
    if (inodeAt(anchor, to) !== undefined) unlinkSync(place);
    const { atime, mtime, mode } = fstatSync(source);
    copyFileSync(ON_LINUX ? `/proc/self/fd/${source}` : anchor.place(from), place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    keepRights(place, mode, anchor.place(from));
    utimesSync(place, atime, mtime);
    return inodeAt(anchor, to, true);
  } finally {
    closeSync(source);
  }
}
