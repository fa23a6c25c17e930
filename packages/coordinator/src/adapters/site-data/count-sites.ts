import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isPackageId } from "@sitewright/protocol";
import type { SiteCounts } from "../../domain/recovery/site-counts.ts";
import { makerOf } from "../../domain/sites/maker.ts";
import { isEmpty } from "./look-at-places.ts";
import { folderFault, isFault, listFolder, type Listing } from "./site-listing.ts";
import { findName, type PlaceFault } from "./site-folders.ts";

/** How much there is of each site, whether usable or not. @param packages What `packages` holds, as it was listed. */
export async function countSites(
  root: string,
  codes: readonly string[],
  packages: Listing | PlaceFault | undefined,
): Promise<Map<string, SiteCounts>> {
  const bySite = isFault(packages) ? undefined : Map.groupBy(namesIn(packages).filter(isPackageId), makerOf);
  const count = async (code: string): Promise<[string, SiteCounts]> => [
    code,
    { ...(await countSite(root, code)), ...(bySite ? { packages: bySite.get(code)?.length ?? 0 } : {}) },
  ];
  return new Map(await Promise.all(codes.map(count)));
}

async function countSite(root: string, code: string): Promise<SiteCounts> {
  const [filled, inboxes] = await Promise.all([countFilled(root, code), listFolder(root, `${code}/inboxes`)]);
  if (isFault(inboxes)) return filled;
  const filesOf = async (folder: string, end: string): Promise<number | undefined> => {
    // A link counts as what it would replace: there, and not to be looked into.
    const name = findName(namesIn(inboxes), folder);
    if (name === undefined) return 0;
    const place = `${code}/inboxes/${name}`;
    if ((await folderFault(root, place)) !== "folder") return undefined;
    // Names alone: there may be thousands, and what each of them is costs more than all the rest.
    const files = await readdir(join(root, place)).catch(() => undefined);
    return files?.filter((file) => file.toLowerCase().endsWith(end)).length;
  };
  const [programs, advertisements] = await Promise.all([filesOf("pkginfo.box", ".pkg"), filesOf("offerinf.box", ".ofr")]);
  return { ...filled, ...(programs === undefined ? {} : { programs }), ...(advertisements === undefined ? {} : { advertisements }) };
}

/** Folders of the site that contain a file; nothing if one of them cannot be read. */
async function countFilled(root: string, code: string): Promise<SiteCounts> {
  const own = await folderFault(root, code);
  if (own === undefined) return { folders: 0 };
  if (own !== "folder") return {};
  let folders = 0;
  for (const name of ["inboxes", "logon", "objects"]) {
    const place = `${code}/${name}`;
    const fault = await folderFault(root, place);
    if (fault === undefined) continue;
    if (fault !== "folder") return {};
    const empty = await isEmpty(join(root, place)).catch(() => undefined);
    if (empty === undefined) return {};
    if (!empty) folders += 1;
  }
  return { folders };
}

function namesIn(listing: Listing | undefined): string[] {
  return listing ? [...listing.folders, ...listing.files, ...listing.links] : [];
}
