import type { FileEntry, Manifest } from "@sitewright/protocol";
import type { FoundEntry } from "../../domain/compare-tree.ts";
import type { FileIdentity } from "../../domain/file-identity.ts";
import { placeIn, type StagingTree } from "../../domain/unit-state.ts";
import { walkOwned, type LocalFile } from "./local-index.ts";
import type { Site } from "./unit-ports.ts";

export interface StagedScan {
  staged: Map<string, "complete" | boolean[]>;
  /** The complete files, as a source for others. */
  files: LocalFile[];
  /** Files that are complete by their content, though that was not written down: with their identity. */
  found: [FileEntry, FileIdentity][];
}

/**
 * What an interrupted order left in its staging folder. Files on record are taken as they are while nothing about them changed;
 * of the others each chunk is read again. What does not belong there is removed.
 */
export async function scanStaged(
  site: Site,
  root: string,
  manifest: Manifest,
  staging: StagingTree,
  signal: AbortSignal,
): Promise<StagedScan> {
  const scan: StagedScan = { staged: new Map(), files: [], found: [] };
  const onRecord = site.stagedFiles.all(manifest.unit);
  const kinds = new Map(manifest.entries.map((entry) => [entry.path, entry]));
  const tops = new Map(manifest.owned.map((top) => [top.path, top.kind]));
  const removed: string[] = [];
  for (const [path, found] of await walkOwned(site, root, staging.folder, staging.owned, signal)) {
    if (removed.some((gone) => path.startsWith(`${gone}/`))) continue;
    const entry = kinds.get(path);
    const location = placeIn(staging.folder, staging.owned, path);
    const kept =
      entry?.kind === "file" && found.kind === "file"
        ? await scanFile(site, root, scan, entry, found, location, onRecord.get(path), signal)
        : fits(entry ?? tops.get(path), found);
    if (kept) continue;
    const { touched } = await site.disk.run(root, "remove", { path: location });
    site.cache.renew(touched);
    removed.push(path);
  }
  return scan;
}

function fits(expected: Manifest["entries"][number] | "folder" | "file" | undefined, found: FoundEntry): boolean {
  if (expected === undefined) return false;
  if (typeof expected === "string") return expected === found.kind;
  return expected.kind === found.kind && (expected.kind !== "link" || expected.target === found.target);
}

async function scanFile(
  site: Site,
  root: string,
  scan: StagedScan,
  entry: FileEntry,
  found: FoundEntry,
  location: string,
  recorded: FileIdentity | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const finished = found.size === entry.size && (found.mode & 0o7777) === entry.mode && found.modified === entry.modified;
  const trusted = finished && recorded === found.identity;
  const right = trusted ? [] : await site.disk.run(root, "check", { path: location, chunks: entry.chunks }, { signal });
  if (trusted || (finished && right.every(Boolean))) {
    scan.staged.set(entry.path, "complete");
    scan.files.push({
      path: entry.path,
      location,
      identity: found.identity,
      chunks: entry.chunks,
      mode: entry.mode,
      modified: entry.modified,
      linkable: false,
    });
    if (!trusted) scan.found.push([entry, found.identity]);
    return true;
  }
  if (found.names > 1) return false; // a second name of a live file: never written through
  scan.staged.set(entry.path, right);
  return true;
}
