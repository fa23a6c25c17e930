import { join } from "node:path";
import { LIMITS, SitewrightError, type Tenure } from "@sitewright/protocol";
import { nextTenure } from "../../domain/backup/backup.ts";
import { readIfThere, writePrivateFile } from "../files/private-file.ts";

function pathIn(dataDir: string): string {
  return join(dataDir, "tenure.json");
}

/** The tenure of a coordinator that starts on this data folder, stored before it is used. Throws `DATA_FILE_UNUSABLE`. */
export async function openTenure(dataDir: string, now: number): Promise<Tenure> {
  const tenure = nextTenure(await readTenure(dataDir), now);
  await writeTenure(dataDir, tenure);
  return tenure;
}

/** Undefined for a folder on which no coordinator has started. Throws `DATA_FILE_UNUSABLE`. */
export async function readTenure(dataDir: string): Promise<Tenure | undefined> {
  const text = await readIfThere(pathIn(dataDir));
  if (text === undefined) return undefined;
  try {
    const { restored, started } = JSON.parse(text) as Tenure;
    if ([restored, started].every((ms) => Number.isSafeInteger(ms) && ms >= 0 && ms < LIMITS.tenure)) return { restored, started };
  } catch {
    // The message is set below.
  }
  const path = pathIn(dataDir);
  const advice = "remove it; if this coordinator was ever restored, restore it once more instead, because its agents refuse it without";
  throw new SitewrightError("DATA_FILE_UNUSABLE", `${path} does not say when this coordinator was restored and started: ${advice}`, {
    path,
  });
}

export async function writeTenure(dataDir: string, tenure: Tenure): Promise<void> {
  await writePrivateFile(pathIn(dataDir), `${JSON.stringify(tenure)}\n`);
}
