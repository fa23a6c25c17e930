import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { readIfThere, writePrivateFile } from "./private-file.ts";

/** The coordinator's own id: made once for a data folder, part of what agents sign. */
export async function openCoordinatorId(dataDir: string): Promise<string> {
  const file = join(dataDir, "coordinator-id");
  const known = await readIfThere(file);
  if (known) return known.trim();
  const made = randomUUID();
  await writePrivateFile(file, `${made}\n`);
  return made;
}

/** Tells programs on this machine where the coordinator listens. `startedAt`: ms since 1970. */
export async function announce(dataDir: string, url: string, startedAt: number): Promise<void> {
  await writePrivateFile(join(dataDir, "coordinator.json"), `${JSON.stringify({ url, pid: process.pid, startedAt })}\n`);
}
