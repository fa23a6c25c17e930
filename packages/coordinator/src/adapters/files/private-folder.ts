import { createRequire } from "node:module";
import { claimFolder } from "@sitewright/node-kit/private-folder";
import { windowsRights, type ForeignCalls } from "@sitewright/node-kit/windows-rights";
import { makeFolder } from "@sitewright/node-kit/make-folder";

/** Creates a folder of the coordinator, or closes an existing one to all other accounts. Throws `DATA_DIR_UNSAFE`. */
export function claimPrivateFolder(folder: string): void {
  makeFolder(folder, 0o700);
  claimFolder(folder, {
    owner: "this coordinator",
    remedy: "Check it; make it this account's own with chown, remove it, or name another folder with --data-dir",
    linksWithin: true,
    ...(process.platform === "win32" ? { windows: windowsRights(createRequire(import.meta.url)("koffi") as ForeignCalls) } : {}),
  });
}
