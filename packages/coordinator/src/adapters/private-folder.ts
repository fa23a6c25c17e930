import { mkdirSync } from "node:fs";
import { claimFolder } from "@sitewright/node-kit/private-folder";

/** Makes a folder of the coordinator's, or sees to it that one that was there is closed to all other accounts. Throws `DATA_DIR_UNSAFE`. */
export function claimPrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  claimFolder(folder, {
    owner: "this coordinator",
    remedy: "Look at it; make it this account's own with chown, remove it, or name another folder with --data-dir",
    linksWithin: true,
  });
}
