import { lstatSync } from "node:fs";

/** What a file system keeps for itself at the top of a disk. */
export const LOST_FOUND = "lost+found";

/** Whether the folder at this path is one that a file system made, or a copy of it: of root, and closed to all others. */
export function isMadeByDisk(path: string): boolean {
  const { uid, mode } = lstatSync(path);
  return uid === 0 && (mode & 0o077) === 0;
}
