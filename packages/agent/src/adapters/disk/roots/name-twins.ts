import { lstatSync } from "node:fs";
import { join } from "node:path";
import { foldName, SitewrightError } from "@sitewright/protocol";
import type { NameTwins } from "../../../app/ports/stores.ts";
import { withAnchor, type Anchor } from "../anchor.ts";
import { isAbsent, naming } from "../disk-error.ts";
import { namesIn } from "../jobs/disk-names.ts";

interface Listing {
  /** Of the folder, when it was listed. */
  modified: bigint;
  /** ms since the process began: not listed again before, so that listings take at most a hundredth of the time. */
  until: number;
  byFold: Map<string, string[]>;
}

/** A listing costs at most one part in this many of the time. */
const SHARE = 100;
/** But none holds for longer, ms: one during which this machine was suspended seems to have taken all of that time. */
const LONGEST_MS = 60_000;

export function createNameTwins(): NameTwins {
  const listings = new Map<string, Listing>();

  function listed(anchor: Anchor, folder: string): Listing | undefined {
    let at: string;
    try {
      at = anchor.folder(folder);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
    const key = join(anchor.root, folder);
    const known = listings.get(key);
    const started = performance.now();
    if (known && started < known.until) return known;
    const { mtimeNs: modified } = lstatSync(`${at}/.`, { bigint: true });
    if (known?.modified === modified) return known;
    const byFold = new Map<string, string[]>();
    for (const name of namesIn(at)) {
      const fold = foldName(name);
      const others = byFold.get(fold);
      if (others) others.push(name);
      else byFold.set(fold, [name]);
    }
    const ended = performance.now();
    const listing = { modified, until: ended + Math.min((ended - started) * SHARE, LONGEST_MS), byFold };
    listings.set(key, listing);
    return listing;
  }

  function look(anchor: Anchor, folder: string, name: string): void {
    const twin = listed(anchor, folder)
      ?.byFold.get(foldName(name))
      ?.find((other) => other !== name);
    if (twin === undefined) return;
    const paths = [name, twin].map((one) => (folder === "" ? one : `${folder}/${one}`));
    const [ours, theirs] = paths.map((path) => lstatSync(anchor.place(path), { bigint: true, throwIfNoEntry: false }));
    // The file system may treat the two as one itself, or it was moved away since the listing.
    if (!theirs || ours?.ino === theirs.ino) return;
    const shown = join(anchor.root, paths[1] as string);
    throw new SitewrightError(
      "NAME_TWIN",
      `${shown} is one name with ${name} for clients of Windows, who may get either: rename it to ${name} if it is what they should have for now, else remove it; then run it again`,
      { path: shown },
    );
  }

  return {
    refuse(root, owned) {
      withAnchor(root, (anchor) =>
        naming(root, "", () => {
          const places = new Map<string, { folder: string; name: string }>();
          for (const { path } of owned) {
            const names = path.split("/");
            names.forEach((name, depth) => {
              const folder = names.slice(0, depth).join("/");
              places.set(`${folder}/${name}`, { folder, name });
            });
          }
          for (const { folder, name } of places.values()) look(anchor, folder, name);
        }),
      );
    },
  };
}
