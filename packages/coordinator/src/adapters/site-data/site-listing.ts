import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { LogonFolder, SiteFolders } from "../../domain/site-folders.ts";

interface Listing {
  files: string[];
  folders: string[];
}

/** Names in a folder, sorted; undefined when there is no such folder. A link counts as what it would replace, so that indexing refuses it. */
export async function listFolder(path: string): Promise<Listing | undefined> {
  const stats = await lstat(path).catch(ignoreAbsent);
  if (!stats?.isDirectory()) return undefined;
  const listing: Listing = { files: [], folders: [] };
  for (const entry of await readdir(path, { withFileTypes: true }))
    (entry.isDirectory() ? listing.folders : listing.files).push(entry.name);
  listing.files.sort();
  listing.folders.sort();
  return listing;
}

/** What one site's folder holds for its client access and logon points. */
export async function listSite(folder: string): Promise<SiteFolders> {
  const inboxes = await listFolder(join(folder, "inboxes"));
  const logon = await listFolder(join(folder, "logon"));
  return {
    ...(inboxes ? { inboxes: [...inboxes.folders, ...inboxes.files] } : {}),
    ...(logon ? { logon: await Promise.all(logon.folders.map((name) => listLogonFolder(folder, name))) } : {}),
  };
}

async function listLogonFolder(folder: string, name: string): Promise<LogonFolder> {
  // The common folders may hold thousands of files and are owned as a whole: nobody asks for their names.
  if (!["config", "sitescfg", "sites"].includes(name.toLowerCase())) return { name, files: [], folders: [] };
  return { name, files: [], folders: [], ...(await listFolder(join(folder, "logon", name))) };
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}
