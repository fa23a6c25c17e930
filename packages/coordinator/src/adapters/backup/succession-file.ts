import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { isSuccession, NO_SUCCESSION, type Succession } from "../../domain/backup/succession.ts";
import { readIfThere, writePrivateFile } from "../files/private-file.ts";

function pathIn(dataDir: string): string {
  return join(dataDir, "succession.json");
}

/** Throws `DATA_FILE_UNUSABLE`. */
export async function readSuccession(dataDir: string): Promise<Succession> {
  const path = pathIn(dataDir);
  const text = await readIfThere(path);
  if (text === undefined) return NO_SUCCESSION;
  try {
    const value: unknown = JSON.parse(text);
    if (isSuccession(value)) return value;
  } catch {
    // The message is set below.
  }
  const advice =
    "restore it from a backup; or remove it, name the successor again, and agents that have not connected since its own succession join again";
  throw new SitewrightError("DATA_FILE_UNUSABLE", `${path} does not say which coordinators may follow each other: ${advice}`, { path });
}

export async function writeSuccession(dataDir: string, succession: Succession): Promise<void> {
  await writePrivateFile(pathIn(dataDir), `${JSON.stringify(succession)}\n`);
}
