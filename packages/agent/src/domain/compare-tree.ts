import type { Deviation, FileEntry, Manifest, OwnedPath } from "@sitewright/protocol";
import type { FileIdentity } from "./file-identity.ts";

/** What a walk finds on the disk. */
export interface FoundEntry {
  path: string;
  kind: "folder" | "file" | "link" | "other";
  mode: number;
  /** Bytes. */
  size: number;
  /** ms since 1970. */
  modified: number;
  identity: FileIdentity;
  /** Hard links. */
  names: number;
  /** Whether it has the owner and group that we give to files. */
  ours: boolean;
  target?: string;
}

export interface Comparison {
  deviations: Deviation[];
  /** Files of the right size, whose content remains to be looked at. */
  files: { file: FileEntry; found: FoundEntry }[];
}

/** Permissions of an owned folder itself; what lies below carries its own. */
export function ownedMode(owned: OwnedPath): number {
  return owned.rights === "clients-write" ? 0o777 : 0o755;
}

/**
 * Compares a manifest with what was found, both by path in terms of the manifest.
 * @param tolerated Files beyond the manifest that are there on purpose.
 */
export function compareTree(manifest: Manifest, found: ReadonlyMap<string, FoundEntry>, tolerated: ReadonlySet<string>): Comparison {
  const result: Comparison = { deviations: [], files: [] };
  const expected = new Set<string>();
  const add = (kind: Deviation["kind"], path: string) => void result.deviations.push({ kind, path });
  const look = (path: string, kind: FoundEntry["kind"], mode: number | undefined): FoundEntry | undefined => {
    expected.add(path);
    const entry = found.get(path);
    if (!entry) add("missing", path);
    else if (entry.kind !== kind) add("damaged", path);
    else {
      if (mode !== undefined && (entry.mode & 0o777) !== mode) add("rights", path);
      return entry;
    }
    return undefined;
  };
  for (const owned of manifest.owned) if (owned.kind === "folder") look(owned.path, "folder", ownedMode(owned));
  for (const entry of manifest.entries) {
    const there = look(entry.path, entry.kind, entry.kind === "link" ? undefined : entry.mode);
    if (!there) continue;
    if (entry.kind === "link" && there.target !== entry.target) add("damaged", entry.path);
    if (entry.kind !== "file") continue;
    if (there.size === entry.size) result.files.push({ file: entry, found: there });
    else add("damaged", entry.path);
  }
  for (const path of found.keys()) if (!expected.has(path) && !tolerated.has(path)) add("extra", path);
  return result;
}
