import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";

const ROOT = 0;
const OTHERS = 0o077;
const WRITABLE_FOR_OTHERS = 0o022;

/**
 * Makes a folder, or sees to it that one that was there, and what lies directly in it, belongs to this account and is closed to all
 * others: somebody else may have made it first, with a token or a key of his own in it. What is ours and too wide is narrowed.
 * Throws `DATA_DIR_UNSAFE`.
 */
export function claimPrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const uid = process.geteuid?.();
  if (uid === undefined) return; // Windows has no such owners
  claim(folder, uid);
  // From here on nobody else can add anything.
  for (const name of readdirSync(folder)) claim(join(folder, name), uid);
}

function claim(path: string, uid: number): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return; // a draft or a socket that was just removed
  // An administrator may keep it elsewhere, behind a link of his own.
  if (stat.isSymbolicLink() && (stat.uid === uid || stat.uid === ROOT)) return claim(realpathSync(path), uid);
  if (stat.isSymbolicLink()) throw unsafe(path, `is a symbolic link of user ${stat.uid}`);
  if (stat.uid !== uid && stat.uid !== ROOT) throw unsafe(path, `belongs to user ${stat.uid}, not to the account of this coordinator`);
  if (stat.isFile() && stat.nlink > 1) throw unsafe(path, "has a second name elsewhere");
  if (stat.uid === uid && (stat.mode & OTHERS) !== 0) chmodSync(path, stat.mode & ~OTHERS & 0o7777);
  else if ((stat.mode & WRITABLE_FOR_OTHERS) !== 0) throw unsafe(path, "is writable for other accounts");
}

function unsafe(path: string, why: string): SitewrightError {
  return new SitewrightError(
    "DATA_DIR_UNSAFE",
    `${path} ${why}: what lies there cannot be trusted. Look at it; make it this account's own with chown, remove it, or name another folder with --data-dir`,
    { path },
  );
}
