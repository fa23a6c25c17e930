import { lstatSync } from "node:fs";
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

/** Whether something is there. What a disk or share that is away does not show is not taken for absent either. Throws what it says. */
export function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw diskError(error, path, "");
  }
}
