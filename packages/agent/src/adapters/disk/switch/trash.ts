import { randomUUID } from "node:crypto";
import { join } from "node:path/posix";
import { SitewrightError } from "@sitewright/protocol";
import type { Disk, HashCache } from "../../../app/ports/disk.ts";
import type { Switcher } from "../../../app/ports/stores.ts";
import { TRASH_FOLDER } from "../../../domain/unit-state.ts";
import { inodeAt, withAnchor } from "../anchor.ts";
import { naming } from "../disk-error.ts";
import type { Exchange } from "../platform/port.ts";

export interface TrashOptions {
  disk: Disk;
  cache: HashCache;
  exchange: Exchange;
  /** Something could not be removed. */
  failed: () => void;
  /** Called for removals that continue in the background. */
  background: (work: Promise<unknown>) => void;
}

/** Moves unneeded content out of the way immediately, and removes it in the background. */
export function createTrash({ disk, cache, exchange, failed, background }: TrashOptions): Pick<Switcher, "discard"> {
  /** What is being removed. */
  const removing = new Set<string>();

  function discard(root: string, path: string, forget: readonly string[] = []): Promise<number> {
    if (removing.has(join(root, path))) return Promise.resolve(0);
    let place = `${TRASH_FOLDER}/${randomUUID()}`;
    try {
      if (!moveAway(root, path, place)) return Promise.resolve(0);
    } catch (error) {
      // Btrfs creates no new name above the quota, though this is to free space: then it is removed in place.
      if (SitewrightError.from(error).code === "DISK_FULL") place = path;
      else {
        failed();
        throw error;
      }
    }
    const removal = remove(root, place, forget);
    background(removal);
    return removal;
  }

  function moveAway(root: string, path: string, trash: string): boolean {
    return withAnchor(root, (anchor) =>
      naming(root, path, () => {
        if (inodeAt(anchor, path) === undefined) return false;
        anchor.makeFolders(TRASH_FOLDER, 0o700);
        exchange.move(anchor.place(path), anchor.place(trash));
        return true;
      }),
    );
  }

  async function remove(root: string, path: string, forget: readonly string[]): Promise<number> {
    const place = join(root, path);
    removing.add(place);
    try {
      const { files, touched } = await disk.run(root, "remove", { path, forget });
      cache.renew(touched);
      return files;
    } catch (error) {
      failed();
      throw error;
    } finally {
      removing.delete(place);
    }
  }

  return { discard };
}
