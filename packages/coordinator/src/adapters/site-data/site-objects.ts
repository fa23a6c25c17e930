import { createHash } from "node:crypto";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { DEFINITION_PLACES, definitionNumber, SitewrightError } from "@sitewright/protocol";
import { readBounded } from "@sitewright/node-kit/bounded-file";
import type { SiteObjects } from "../../app/recovery/parent-checks.ts";
import type { SiteObject } from "../../domain/recovery/connection-check.ts";
import { findName } from "./site-folders.ts";
import { isFault, listFolder } from "./site-listing.ts";

/** Larger than any definition. */
const MOST_OBJECT = 16 * 1024 * 1024;
/** Definitions in the layout that docs/site-data.md describes. */
export function nativeSiteObjects(): SiteObjects {
  return {
    async of(root, code) {
      const inboxes = await names(root, `${code}/inboxes`);
      const objects: SiteObject[] = [];
      for (const { folder, end, kind: defined } of DEFINITION_PLACES) {
        // As the check before connecting names it.
        const kind = defined === "program" ? "package" : defined;
        const name = findName(inboxes, folder);
        if (name !== undefined) objects.push(...(await readObjects(root, `${code}/inboxes/${name}`, { kind, end })));
      }
      for (const kind of await names(root, `${code}/objects`))
        objects.push(...(await readObjects(root, `${code}/objects/${kind}`, { kind, end: ".yaml" })));
      return objects;
    },
    bytes: (root, place) => bytesBelow(join(root, place), place),
  };
}

async function names(root: string, place: string, what: "folders" | "files" = "folders"): Promise<string[]> {
  const listing = await listFolder(root, place);
  if (isFault(listing)) throw unreadable(place, listing.message);
  return listing?.[what] ?? [];
}

async function readObjects(root: string, place: string, { kind, end }: { kind: string; end: string }): Promise<SiteObject[]> {
  const objects: SiteObject[] = [];
  for (const name of await names(root, place, "files")) {
    if (!name.toLowerCase().endsWith(end)) continue;
    const content = await readBounded(join(root, place, name), MOST_OBJECT).catch((error: Error) => {
      throw unreadable(`${place}/${name}`, `${place}/${name} cannot be read: ${error.message}`);
    });
    const stated = definitionNumber(content.toString("latin1"));
    const hash = createHash("sha256").update(content).digest("hex");
    const number = stated === undefined ? {} : { number: stated };
    objects.push({ kind, id: name.slice(0, -end.length), ...number, hash, bytes: content.length });
  }
  return objects;
}

/** Of all files in a folder; 0 where it is absent. */
async function bytesBelow(path: string, place: string): Promise<number> {
  try {
    let bytes = 0;
    for await (const entry of await opendir(path, { recursive: true }))
      if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
    return bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw unreadable(place, `${place} cannot be read: ${(error as Error).message}`);
  }
}

function unreadable(path: string, message: string): SitewrightError {
  return new SitewrightError("SOURCE_UNREADABLE", message, { path });
}
