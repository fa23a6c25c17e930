import { lstatSync, rmSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import { syncFolder } from "@sitewright/node-kit/atomic-file";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import type { SitePlaces } from "../../app/site-backup/restore-ports.ts";
import { diskError } from "../disk/disk-error.ts";
import { mountOf } from "../disk/mount-of.ts";
import { platform } from "../disk/platform/platform.ts";

/** A folder in use is tried again. */
const [TRIES, PAUSE_MS] = [5, 500];

export const sitePlaces: SitePlaces = {
  exists: (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined,
  async move(from, to) {
    makeFolder(dirname(to));
    await moveWhenFree(from, to);
    await syncFolder(dirname(from));
    if (dirname(to) !== dirname(from)) await syncFolder(dirname(to));
  },
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  requireMovable(place) {
    if (!lstatSync(place, { throwIfNoEntry: false }) || mountOf(place) === mountOf(`${dirname(place)}/.`)) return;
    throw new SitewrightError(
      "BAD_REQUEST",
      `${place} is a disk of its own, so that nothing beside it can take its place: restore into an empty folder (--to), and copy from there`,
      { path: place },
    );
  },
  requireRoom(bytes) {
    const disks = new Map<number, { place: string; needed: number }>();
    for (const [path, size] of bytes) {
      const place = existing(dirname(path));
      const { dev } = lstatSync(place);
      disks.set(dev, { place, needed: (disks.get(dev)?.needed ?? 0) + size });
    }
    for (const { place, needed } of disks.values()) {
      const { bsize, bavail } = statfsSync(place);
      const free = bsize * bavail;
      if (free < needed)
        throw new SitewrightError("DISK_FULL", `the disk of ${place} has ${free} bytes free, and ${needed} are to be restored there`, {
          path: place,
        });
    }
  },
};

/**
 * Windows moves no folder in which something is open: a service that has just ended, a scanner. Throws `FOLDER_IN_USE` if that stays, and never
 * replaces what is at `to`.
 */
async function moveWhenFree(from: string, to: string): Promise<void> {
  const { move, isInUse, usersOf } = platform.exchange;
  for (let tried = 1; ; tried++) {
    try {
      return move(from, to);
    } catch (error) {
      if (!isInUse(error)) throw diskError(error, from, "");
      if (tried === TRIES)
        throw new SitewrightError(
          "FOLDER_IN_USE",
          `${from} cannot be moved, as something in it is open: ${usersOf?.(from) || "a program of this machine"}; end that, and whatever of the site is not stopped under [Stop]`,
          { path: from, cause: error },
        );
      await sleep(PAUSE_MS);
    }
  }
}

/** The folder itself, or the nearest one above it that is there. */
function existing(folder: string): string {
  let at = folder;
  while (!lstatSync(at, { throwIfNoEntry: false }) && dirname(at) !== at) at = dirname(at);
  return at;
}
