import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { LogonFolder, PlaceFault, SiteFolders } from "./site-folders.ts";

/** Names in a folder by their kind, sorted. */
export interface Listing {
  /** Includes devices, pipes and sockets: indexing refuses them by name. */
  files: string[];
  folders: string[];
  links: string[];
}

/**
 * The contents of a folder below the site data; undefined when it is absent. An existing folder that cannot be used is never taken for
 * absent.
 */
export async function listFolder(root: string, place: string): Promise<Listing | PlaceFault | undefined> {
  const fault = await folderFault(root, place);
  if (fault !== "folder") return fault;
  try {
    const listing: Listing = { files: [], folders: [], links: [] };
    for (const entry of await readdir(join(root, place), { withFileTypes: true }))
      (entry.isDirectory() ? listing.folders : entry.isSymbolicLink() ? listing.links : listing.files).push(entry.name);
    for (const names of Object.values(listing) as string[][]) names.sort();
    return listing;
  } catch (error) {
    return unreadable(place, error as NodeJS.ErrnoException);
  }
}

/** Whether a place is a folder, absent (undefined), or exists without being a usable folder. */
export async function folderFault(root: string, place: string): Promise<PlaceFault | "folder" | undefined> {
  try {
    const stats = await lstat(join(root, place));
    if (stats.isDirectory()) return "folder";
    return stats.isSymbolicLink() ? linkFault(place) : { code: "SOURCE_KIND", path: place, message: `${place} must be a folder` };
  } catch (error) {
    return unreadable(place, error as NodeJS.ErrnoException);
  }
}

export function linkFault(place: string): PlaceFault {
  return { code: "SOURCE_LINK", path: place, message: `${place} is a link: put the folder itself there, or mount its disk there` };
}

export function isFault(found: Listing | PlaceFault | undefined): found is PlaceFault {
  return found !== undefined && "code" in found;
}

function unreadable(path: string, { code, message }: NodeJS.ErrnoException): PlaceFault | undefined {
  if (code === "ENOENT" || code === "ENOTDIR") return undefined;
  return { code: "SOURCE_UNREADABLE", path, message: `${path} cannot be read: ${message}` };
}

/** The contents of one site's folder for its client access and logon points. */
export async function listSite(root: string, code: string): Promise<SiteFolders> {
  const own = await folderFault(root, code);
  if (own === undefined) return {};
  if (own !== "folder") return { faults: { inboxes: own, logon: own } };
  const inboxes = await listFolder(root, `${code}/inboxes`);
  const logon = await listFolder(root, `${code}/logon`);
  return {
    ...(inboxes && !isFault(inboxes) ? { inboxes: [...inboxes.folders, ...inboxes.files, ...inboxes.links] } : {}),
    ...(logon && !isFault(logon)
      ? { logon: await Promise.all([...logon.folders, ...logon.links].map((name) => listLogonFolder(root, `${code}/logon`, name))) }
      : {}),
    faults: { ...(isFault(inboxes) ? { inboxes } : {}), ...(isFault(logon) ? { logon } : {}) },
  };
}

async function listLogonFolder(root: string, logon: string, name: string): Promise<LogonFolder> {
  // The common folders may hold thousands of files and are owned as a whole: their names are not needed.
  if (!["config", "sitescfg", "sites"].includes(name.toLowerCase())) return { name, files: [], folders: [] };
  const listing = await listFolder(root, `${logon}/${name}`);
  if (isFault(listing)) return { name, files: [], folders: [], fault: listing };
  const { files = [], folders = [], links = [] } = listing ?? {};
  // A link counts as what it would replace, so that indexing refuses it.
  return { name, files: [...files, ...links], folders: [...folders, ...links] };
}
