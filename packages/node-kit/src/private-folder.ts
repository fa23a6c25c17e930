import { chmodSync, lstatSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { WindowsRights } from "./windows-rights.ts";

const ROOT = 0;
const OTHERS = 0o077;
const WRITABLE_FOR_OTHERS = 0o022;

export interface PrivateFolderRules {
  /** Owner of the folder, such as "this agent". */
  owner: string;
  /** What to do about an unsafe one. */
  remedy: string;
  /** Whether an administrator may keep the content of the folder behind links too, and not only the folder. */
  linksWithin: boolean;
  /** On Windows, where Node.js knows neither owners nor access control lists. */
  windows?: WindowsRights | undefined;
}

/**
 * Ensures that a folder of the program, and everything directly in it, belongs to this account and is closed to all others: another account
 * may have created it first, with its own token, key or memory in it. Own files with wide permissions are narrowed. Throws
 * `DATA_DIR_UNSAFE`.
 */
export function claimFolder(folder: string, rules: PrivateFolderRules): void {
  if (rules.windows) return claimOnWindows(folder, rules, rules.windows);
  const uid = process.geteuid?.();
  if (uid === undefined) return;
  claim(folder, uid, { ...rules, linksWithin: true });
  // From here on no other account can add anything.
  for (const name of readdirSync(folder)) claim(join(folder, name), uid, rules);
}

function claimOnWindows(folder: string, { owner, remedy }: PrivateFolderRules, windows: WindowsRights): void {
  for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) {
    const unsafe = (why: string) =>
      new SitewrightError("DATA_DIR_UNSAFE", `${path} ${why}: what lies there cannot be trusted. ${remedy}`, { path });
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) continue; // a draft that was just removed
    if (stat.isSymbolicLink()) throw unsafe("is a link");
    if (!windows.isTrustedOwner(path)) throw unsafe(`belongs to another account than that of ${owner}`);
    if (!windows.close(path)) throw unsafe("cannot be closed to other accounts, as its file system keeps no access control list");
  }
}

function claim(path: string, uid: number, rules: PrivateFolderRules): void {
  const unsafe = (why: string) =>
    new SitewrightError("DATA_DIR_UNSAFE", `${path} ${why}: what lies there cannot be trusted. ${rules.remedy}`, { path });
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return; // a draft or a socket that was just removed
  const isTrusted = stat.uid === uid || stat.uid === ROOT;
  if (stat.isSymbolicLink() && isTrusted && rules.linksWithin) return claim(realpathSync(path), uid, rules);
  if (stat.isSymbolicLink()) throw unsafe(`is a symbolic link of user ${stat.uid}`);
  if (!isTrusted) throw unsafe(`belongs to user ${stat.uid}, not to the account of ${rules.owner}`);
  if (stat.isFile() && stat.nlink > 1) throw unsafe("has a second name elsewhere");
  if (stat.uid === uid && (stat.mode & OTHERS) !== 0) chmodSync(path, stat.mode & ~OTHERS & 0o7777);
  else if ((stat.mode & WRITABLE_FOR_OTHERS) !== 0) throw unsafe("is writable for other accounts");
}
