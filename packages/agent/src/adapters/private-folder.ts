import { claimFolder } from "@sitewright/node-kit/private-folder";

/** Sees to it that the agent's data folder is closed to all other accounts. Throws `DATA_DIR_UNSAFE`. */
export function claimPrivateFolder(folder: string): void {
  claimFolder(folder, {
    owner: "this agent",
    remedy: "Look at it, remove it, then join with a new token",
    linksWithin: false,
  });
}
