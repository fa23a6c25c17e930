import { claimFolder } from "@sitewright/node-kit/private-folder";
import { windowsFolders } from "./disk/platform/platform.ts";

/** Ensures that the agent's data folder is closed to all other accounts. Throws `DATA_DIR_UNSAFE`. */
export function claimPrivateFolder(folder: string): void {
  claimFolder(folder, {
    owner: "this agent",
    remedy: "Check it, remove it, then join with a new token",
    linksWithin: false,
    windows: windowsFolders(),
  });
}
