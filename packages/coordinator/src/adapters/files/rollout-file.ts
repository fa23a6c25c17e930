import { join } from "node:path";
import type { Rollout } from "../../domain/agents/rollout.ts";
import { readIfThere, writePrivateFile } from "./private-file.ts";

function pathIn(dataDir: string): string {
  return join(dataDir, "agent-update.json");
}

/** The last update of agents that was started on this data folder. One that cannot be read counts as none: it is started again. */
export async function readRollout(dataDir: string): Promise<Rollout | undefined> {
  try {
    const value = JSON.parse((await readIfThere(pathIn(dataDir))) ?? "null") as Partial<Rollout> | null;
    return value && Array.isArray(value.systems) && Array.isArray(value.updated) && value.failed ? (value as Rollout) : undefined;
  } catch {
    return undefined;
  }
}

export async function writeRollout(dataDir: string, rollout: Rollout): Promise<void> {
  await writePrivateFile(pathIn(dataDir), `${JSON.stringify(rollout)}\n`);
}
