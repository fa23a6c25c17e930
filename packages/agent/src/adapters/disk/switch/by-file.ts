import { linkSync, lstatSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { PendingSwitch, SwitchRow } from "../../../app/ports/stores.ts";
import { inSwitchOrder, INBOX_LOCK, isPart, topOfPart } from "../../../domain/switch-parts.ts";
import { inodeAt, withAnchor, type Anchor } from "../anchor.ts";
import { diskError, isAbsent, systemCode } from "../disk-error.ts";
import { namesIn } from "../jobs/disk-names.ts";
import { patiently } from "../patiently.ts";
import type { Exchange } from "../platform/port.ts";

/** Calls that replace one file by another. Throw with a system code. */
export interface FileCalls {
  link(from: string, to: string): void;
  /** Replaces a file. */
  rename(from: string, to: string): void;
}

/** For a client or a scanner that has the live file open for a moment, ms. */
const PAUSES = [10, 20, 40, 80, 160];

export const FILE_CALLS: FileCalls = { link: linkSync, rename: renameSync };

/** Instead of whole folders what differs in them, in an order in which clients find what they are led to. @param folder Of the switch. */
export function rowsByFile(anchor: Anchor, folder: string, rows: readonly SwitchRow[]): SwitchRow[] {
  return inSwitchOrder(rows.flatMap((row) => parts(anchor, folder, row)));
}

function parts(anchor: Anchor, folder: string, row: SwitchRow): SwitchRow[] {
  const held = `${folder}/${row.place}`;
  if (!isPlainFolder(anchor, row.path) || !isPlainFolder(anchor, held)) return [row];
  const names = new Set([row.path, held].flatMap((path) => namesIn(anchor.folder(path))));
  names.delete(INBOX_LOCK);
  return [...names].flatMap((name) => {
    const [path, place] = [`${row.path}/${name}`, `${row.place}/${name}`];
    const part = { path, place, out: inodeAt(anchor, path), in: inodeAt(anchor, `${folder}/${place}`) };
    anchor.trim();
    return part.out === part.in ? [] : parts(anchor, folder, part);
  });
}

function isPlainFolder(anchor: Anchor, path: string): boolean {
  try {
    return lstatSync(anchor.place(path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Paths below the root; `aside` is free. */
export interface FileNames {
  live: string;
  other: string;
  aside: string;
}

/** Exchanges two files; the live name is never missing. Anything but two files is exchanged by renames. */
export function swapFiles(anchor: Anchor, names: FileNames, calls: FileCalls, exchange: Exchange): void {
  const [live, other, aside] = [names.live, names.other, names.aside].map((path) => anchor.place(path)) as [string, string, string];
  if (![live, other].every((place) => lstatSync(place).isFile())) return exchange.swap(live, other, aside);
  calls.link(live, aside);
  try {
    patiently(() => calls.rename(other, live), { isInUse: (error) => exchange.isInUse(error), pauses: PAUSES });
  } catch (error) {
    unlinkSync(aside);
    throw error;
  }
  exchange.move(aside, other);
}

/** Tells the agent's lock from that of the site server, which may be updating an inbox too. */
const OURS = "Sitewright\n";

/**
 * While files of a client access point are replaced one by one, each of its inboxes holds the lock at which clients wait. A killed process
 * leaves it to its next start. Throws `FOLDER_IN_USE` while another program holds one.
 */
export function withInboxLocks(pending: PendingSwitch, work: () => void): void {
  const { root, rows, after } = pending;
  const inboxes = after.unit.role === "cap" ? [...new Set(rows.filter(isPart).map(topOfPart))] : [];
  try {
    eachLock(root, inboxes, take);
    work();
  } finally {
    eachLock(root, inboxes, (place) => {
      if (isOurs(place)) unlinkSync(place);
    });
  }
}

function take(place: string, shown: string): void {
  try {
    writeFileSync(place, OURS, { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    if (isOurs(place)) return;
    throw new SitewrightError("FOLDER_IN_USE", `another program updates the inbox of ${shown}: it is tried again until that file is gone`, {
      path: shown,
    });
  }
}

function isOurs(place: string): boolean {
  try {
    return readFileSync(place, "utf8") === OURS;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

function eachLock(root: string, inboxes: readonly string[], act: (place: string, shown: string) => void): void {
  if (inboxes.length === 0) return;
  withAnchor(root, (anchor) => {
    for (const inbox of inboxes) {
      const lock = `${inbox}/${INBOX_LOCK}`;
      try {
        act(anchor.place(lock), join(root, lock));
      } catch (error) {
        if (!isAbsent(error)) throw diskError(error, root, lock);
      }
    }
  });
}
