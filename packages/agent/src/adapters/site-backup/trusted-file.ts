import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { claimFolder } from "@sitewright/node-kit/private-folder";
import { OWN_FOLDER } from "@sitewright/protocol/site-backup";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { windowsFolders } from "../disk/platform/platform.ts";

const WRITABLE_FOR_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * What is in a control file runs with the rights of this process: so it, and each folder above it, must be writable for this account and the
 * administrator alone. Throws `CONTROL_FILE_UNSAFE`.
 */
export function requireTrustedFile(file: string): void {
  const windows = windowsFolders();
  const unsafe = (path: string, why: string) =>
    new SitewrightError("CONTROL_FILE_UNSAFE", `${path} ${why}, who could have anything run by it: give it to the administrator alone`, {
      path,
    });
  const whole = resolve(file);
  if (lstatSync(whole).isSymbolicLink())
    throw new SitewrightError("CONTROL_FILE_UNSAFE", `${whole} is a link: name the file itself`, { path: whole });
  if (windows) {
    if (!windows.isTrustedOwner(whole)) throw unsafe(whole, "belongs to another account");
    // Who may only exchange it, by the rights to a folder above it, owns the other one.
    if (!windows.isReadOnlyForOthers(whole)) throw unsafe(whole, "can be written by others");
    return;
  }
  for (let path = realpathSync(whole); ; path = dirname(path)) {
    const stats = lstatSync(path);
    if (!isOwn(stats)) throw unsafe(path, `belongs to the user ${stats.uid}`);
    // In a sticky folder others cannot exchange what is not theirs.
    if ((stats.mode & WRITABLE_FOR_OTHERS) !== 0 && !(stats.isDirectory() && (stats.mode & STICKY) !== 0))
      throw unsafe(path, "can be written by others");
    if (dirname(path) === path) return;
  }
}

function isOwn({ uid }: Stats): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/** Makes the folder of the backup if there is none, and claims it for this account alone. @returns Sitewright's own folder in it. Throws `DATA_DIR_UNSAFE`. */
export function claimBackupFolder(folder: string): string {
  const own = join(folder, OWN_FOLDER);
  makeFolder(own, 0o700);
  for (const path of [folder, own])
    claimFolder(path, {
      owner: "the agent that makes the backup",
      remedy: "Check it, and give it to that account alone",
      linksWithin: false,
      windows: windowsFolders(),
    });
  return own;
}
