import { chmod, mkdir, rmdir } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { SitewrightError } from "@sitewright/protocol";

/** Creates the missing folders; `undo` removes those again, as long as they are empty. */
export async function createMissingFolders(folders: readonly { path: string; mode: number }[]): Promise<{ undo(): Promise<void> }> {
  const made: string[] = [];
  const undo = async () => {
    for (const path of made.splice(0).toReversed()) await rmdir(path).catch(() => undefined);
  };
  try {
    for (const { path, mode } of folders) {
      const first = await makeFolder(path, mode);
      if (first === undefined) continue;
      const added = pathsBetween(first, path);
      made.push(...added);
      // Whatever the umask: clients reach what is served through these.
      for (const folder of added) await chmod(folder, mode);
    }
  } catch (error) {
    await undo();
    throw error;
  }
  return { undo };
}

/** If something else is in the way, the user of the folder reports that better. Returns the first created folder. */
async function makeFolder(path: string, mode: number): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true, mode });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw new SitewrightError("IO_ERROR", `the folder ${path} cannot be made: ${(cause as Error).message}`, { path, cause });
  }
}

/** `top`, and every folder on the path down to `bottom`. */
function pathsBetween(top: string, bottom: string): string[] {
  const paths = [bottom];
  while (relative(top, paths[0] as string) !== "") paths.unshift(dirname(paths[0] as string));
  return paths;
}
