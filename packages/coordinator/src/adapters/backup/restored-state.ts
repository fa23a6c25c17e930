import { rm } from "node:fs/promises";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { stateFault, type SavedState } from "../../domain/backup/backup.ts";
import { dataFileError } from "../files/data-file.ts";
import { readIfThere, writePrivateFile } from "../files/private-file.ts";

/** What a restore left for the first start: the part that belongs into Redis. */
export interface RestoredState {
  state: SavedState;
  /** When the backup was made, ms since 1970. */
  madeAt: number;
}

function pathIn(dataDir: string): string {
  return join(dataDir, "restored.json");
}

/** Undefined: nothing is left to be done. Throws `DATA_FILE_UNUSABLE`. */
export async function readRestoredState(dataDir: string): Promise<RestoredState | undefined> {
  const path = pathIn(dataDir);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const restored = JSON.parse(text) as RestoredState;
    if (typeof restored.madeAt === "number" && stateFault(restored.state) === undefined) return restored;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw dataFileError(path, cause);
  }
  throw new SitewrightError("DATA_FILE_UNUSABLE", `${path} is damaged: empty the data folder and restore the backup again`, { path });
}

export async function writeRestoredState(dataDir: string, restored: RestoredState): Promise<void> {
  await writePrivateFile(pathIn(dataDir), `${JSON.stringify(restored)}\n`);
}

/** Redis has it. */
export async function dropRestoredState(dataDir: string): Promise<void> {
  await rm(pathIn(dataDir), { force: true });
}
