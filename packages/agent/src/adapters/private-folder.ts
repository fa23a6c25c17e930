import { chmodSync, lstatSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";

const ROOT = 0;
const OTHERS = 0o077;
const WRITABLE_FOR_OTHERS = 0o022;

/**
 * Sees to it that a folder of ours, and what lies in it, is of this account and closed to everybody else. Somebody else may have made it
 * before us, with a key or a memory of his own in it. What is ours and too wide is narrowed. Throws `DATA_DIR_UNSAFE`.
 */
export function claimPrivateFolder(folder: string): void {
  const uid = process.geteuid?.();
  if (uid === undefined) return; // Windows has no such owners
  claim(realFolder(folder, uid), uid);
  for (const name of readdirSync(folder)) claim(join(folder, name), uid);
}

/** An administrator may keep the folder elsewhere, behind a link of his own. */
function realFolder(folder: string, uid: number): string {
  const stat = lstatSync(folder);
  return stat.isSymbolicLink() && (stat.uid === uid || stat.uid === ROOT) ? realpathSync(folder) : folder;
}

function claim(path: string, uid: number): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) throw unsafe(path, "is a symbolic link");
  if (stat.uid !== uid && stat.uid !== ROOT) throw unsafe(path, `belongs to user ${stat.uid}, not to the account of this agent`);
  if (stat.isFile() && stat.nlink > 1) throw unsafe(path, "has a second name elsewhere");
  if (stat.uid === uid && (stat.mode & OTHERS) !== 0) chmodSync(path, stat.mode & ~OTHERS & 0o7777);
  else if ((stat.mode & WRITABLE_FOR_OTHERS) !== 0) throw unsafe(path, "is writable for other accounts");
}

function unsafe(path: string, why: string): SitewrightError {
  return new SitewrightError(
    "DATA_DIR_UNSAFE",
    `${path} ${why}: what lies there cannot be trusted. Look at it, remove it, then join with a new token`,
    { path },
  );
}
