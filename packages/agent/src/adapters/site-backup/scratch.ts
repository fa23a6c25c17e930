import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { Scratch } from "../../app/site-backup/ports.ts";

/** @param folder Of the backup; closed to other accounts, so that nobody else makes a link in it between a check and a use. */
export function openScratch(folder: string): Scratch {
  return {
    async clear(target) {
      makeFolders(folder, dirname(target));
      rmSync(target, { recursive: true, force: true });
    },
    isWritten: async (target) => {
      const stats = lstatSync(target, { throwIfNoEntry: false });
      return stats !== undefined && (stats.isDirectory() || (stats.isFile() && stats.size > 0));
    },
  };
}

/** Throws `LINK_IN_PATH` where something else than a folder is in the way. */
function makeFolders(top: string, folder: string): void {
  let at = top;
  for (const name of relative(top, folder)
    .split(sep)
    .filter((one) => one !== "")) {
    at = join(at, name);
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (!stats) mkdirSync(at, { mode: 0o700 });
    else if (!stats.isDirectory())
      throw new SitewrightError("LINK_IN_PATH", `${at} is no folder, but ${stats.isSymbolicLink() ? "a link" : "a file"}: remove it`, {
        path: at,
      });
  }
}
