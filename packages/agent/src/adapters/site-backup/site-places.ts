import { lstatSync, rmSync, statfsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { syncFolder } from "@sitewright/node-kit/atomic-file";
import type { SitePlaces } from "../../app/site-backup/restore-ports.ts";
import { makeFolder } from "@sitewright/node-kit/make-folder";

export const sitePlaces: SitePlaces = {
  exists: (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined,
  async move(from, to) {
    makeFolder(dirname(to));
    await rename(from, to);
    await syncFolder(dirname(from));
    if (dirname(to) !== dirname(from)) await syncFolder(dirname(to));
  },
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  requireMovable(place) {
    const stats = lstatSync(place, { throwIfNoEntry: false });
    if (!stats || stats.dev === lstatSync(existing(dirname(place))).dev) return;
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

/** The folder itself, or the nearest one above it that is there. */
function existing(folder: string): string {
  let at = folder;
  while (!lstatSync(at, { throwIfNoEntry: false }) && dirname(at) !== at) at = dirname(at);
  return at;
}
