import { lstatSync } from "node:fs";
import { dirname } from "node:path";

/** What a file system keeps for itself at the top of a disk, closed to all but root. */
export const LOST_FOUND = "lost+found";

/** Whether a disk is mounted at this folder, by its real path. */
export function isTopOfDisk(folder: string): boolean {
  return lstatSync(folder).dev !== lstatSync(dirname(folder)).dev;
}
