import { statSync } from "node:fs";

/** The types of Node.js lack it. */
type Grouped = NodeJS.Process & { initgroups?(user: number, group: number): void };

/**
 * Lets root do something about an agent as the account that the agent runs as: what root wrote into its data folder, the agent could not read, and
 * what root may do in a role root, the agent may not. A folder that is missing or root's changes nothing.
 */
export function actAsOwnerOf(dataDir: string): void {
  if (process.geteuid?.() !== 0) return;
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  if (!owner || owner.uid === 0) return;
  try {
    (process as Grouped).initgroups?.(owner.uid, owner.gid);
  } catch {
    process.setgroups?.([owner.gid]); // an account without a name, as in containers
  }
  process.setegid?.(owner.gid);
  process.seteuid?.(owner.uid);
}
