import { readdir } from "node:fs/promises";
import { diskError, isAbsent } from "../disk/disk-error.ts";

/** Empty: the folder is not there. One that cannot be read is never taken for an empty one: what it holds would count as removed. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw diskError(error, folder, "");
  }
}
