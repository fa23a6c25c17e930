import { readFile } from "node:fs/promises";
import { SitewrightError } from "@sitewright/protocol";

/**
 * What was noted in a file as JSON; undefined: there is none. Throws `DATA_DAMAGED`.
 * @param isWhole Whether it has what is needed of it.
 * @param advice What to do if it is damaged.
 */
export async function readNote<T>(path: string, isWhole: (noted: T) => boolean, advice: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const noted = JSON.parse(text) as T;
    if (isWhole(noted)) return noted;
  } catch {
    // Reported below.
  }
  throw new SitewrightError("DATA_DAMAGED", `${path} is damaged: ${advice}`, { path });
}
