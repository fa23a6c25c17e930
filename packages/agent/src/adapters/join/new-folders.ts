import { chmod, mkdir, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SitewrightError, systemCode } from "@sitewright/protocol";

/** Creates the missing folders; `undo` removes those again, as long as they are empty. */
export async function createMissingFolders(folders: readonly { path: string; mode: number }[]): Promise<{ undo(): Promise<void> }> {
  const made: string[] = [];
  const undo = async () => {
    for (const path of made.splice(0).toReversed()) await rmdir(path).catch(() => undefined);
  };
  try {
    for (const { path, mode } of folders) {
      for (const folder of await missingFolders(path)) {
        if (!(await makeFolder(folder, mode))) continue;
        made.push(folder);
        // Whatever the umask: clients reach what is served through these.
        await chmod(folder, mode);
      }
    }
  } catch (error) {
    await undo();
    throw error;
  }
  return { undo };
}

/** On the way down to `path`, and `path` itself, from the top. */
async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  // The top of a drive that does not exist has itself above it.
  for (let at = path, below = ""; at !== below && !(await exists(at)); below = at, at = dirname(at)) missing.unshift(at);
  return missing;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: unknown) => systemCode(error) !== "ENOENT",
  );
}

/** False if it exists by now. If something else is in the way, the user of the folder reports that better. */
async function makeFolder(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return false;
    throw new SitewrightError("IO_ERROR", `the folder ${path} cannot be made: ${(cause as Error).message}`, { path, cause });
  }
}
