import { resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { readAgentFile } from "../adapters/join/agent-file.ts";
import { openDatabase } from "../adapters/memory/database.ts";
import { openRootTable } from "../adapters/memory/root-table.ts";
import { createUnitStore } from "../adapters/memory/unit-store.ts";

/**
 * `sitewright-agent root accept FOLDER`: a person says that what a role root held is gone. The next start takes the folder as it is, and
 * believes nothing that was known of it; generations stay fenced. Throws `BAD_REQUEST`, `NOT_JOINED`, and `AGENT_DATA_IN_USE` while the agent runs.
 */
export async function acceptRoot(folder: string, dataDir: string): Promise<string> {
  const { roots } = await readAgentFile(dataDir);
  const path = resolve(folder);
  if (!roots.some((root) => root.path === path)) {
    const known = roots.map((root) => `${root.role}=${root.path}`).join(", ");
    throw new SitewrightError("BAD_REQUEST", `${path} is no role root of this agent, whose are ${known}`, { path });
  }
  const database = openDatabase(dataDir);
  try {
    const units = createUnitStore(database);
    const below = units.all().filter((state) => state.root === path || units.pendingSwitch(state.unit)?.root === path);
    for (const { unit, highest } of below) units.endSwitch({ unit, ...(highest ? { highest } : {}), leftovers: [], retained: [] });
    openRootTable(database).forget(path);
    return `${path} is taken as it is from the next start on; ${below.length} units that were known in it are forgotten`;
  } finally {
    database.close();
  }
}
