import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { SitewrightError } from "@sitewright/protocol";

/**
 * Makes a folder, and those above it that are missing, unless it is there. Node's own recursive `mkdir` does not return where the system takes
 * no folders but says that there is none, as below `/proc`. @param mode Of each that is made. Throws `IO_ERROR`, and as `mkdirSync` does.
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (isFolder(path)) return;
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process was faster.
    if (isFolder(path)) return;
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const above = dirname(path);
    if (above === path || existsSync(above))
      throw new SitewrightError("IO_ERROR", `${path}: the system makes no folder there: name another place`, { path, cause: error });
    makeFolder(above, mode);
    makeFolder(path, mode);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
