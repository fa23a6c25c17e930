import { formatGeneration, unitKey, type Generation } from "@sitewright/protocol";
import { readAgentFile } from "../adapters/join/agent-file.ts";
import { openDatabase } from "../adapters/memory/database.ts";
import { createUnitStore } from "../adapters/memory/unit-store.ts";

export interface FenceFlags {
  dataDir: string;
  /** The next order is accepted whatever its generation. */
  forget?: true;
}

/**
 * `sitewright-agent fence`: the highest generation that was ordered of each unit, below which orders are refused as `STALE_GENERATION`, one
 * line each; or deletes it. Throws `NOT_JOINED`, and `AGENT_DATA_IN_USE` while the agent runs.
 */
export async function fence({ dataDir, forget }: FenceFlags): Promise<string[]> {
  await readAgentFile(dataDir);
  const database = openDatabase(dataDir);
  try {
    const units = createUnitStore(database);
    const lines = units.all().flatMap(({ highest, ...state }) => {
      if (!highest) return [];
      if (forget) units.write(state);
      return [`${unitKey(state.unit)} ${formatGeneration(highest)} (${timeOf(highest)})${forget ? " forgotten" : ""}`];
    });
    return lines.length > 0 ? lines : ["no unit has a fence: any order is accepted"];
  } finally {
    database.close();
  }
}

function timeOf({ counter }: Generation): string {
  const at = new Date(counter / 1000);
  return Number.isNaN(at.getTime()) ? "no time there is" : at.toISOString();
}
