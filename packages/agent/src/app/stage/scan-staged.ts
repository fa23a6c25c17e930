import { comparePaths, type FileEntry, type ManifestEntry, type ManifestHead } from "@sitewright/protocol";
import type { FoundEntry } from "../../domain/tree/compare-tree.ts";
import type { FileIdentity } from "../../domain/tree/file-identity.ts";
import { placeIn, type StagingTree } from "../../domain/unit-state.ts";
import type { StagedFiles } from "../ports/stores.ts";
import type { RootDisk } from "../unit/root-disk.ts";
import { walkInOrder } from "../inspect/walk-owned.ts";

/** What is correct in a staging folder, by path in terms of the manifest: all of a file, or which of its chunks. */
export type Staged = Map<string, "complete" | boolean[]>;

/** Walks a staging folder in step with the windows of its manifest. To be disposed of. */
export interface StagedScan extends AsyncDisposable {
  /** What is there of the next window. Entries that do not belong there are removed. */
  window(entries: readonly ManifestEntry[]): Promise<Staged>;
  /** Removes what is behind the last window. */
  end(): Promise<void>;
}

/** A new folder holds nothing. */
export const NOTHING_STAGED: StagedScan = {
  window: () => Promise.resolve(new Map()),
  end: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/**
 * Checks what an interrupted order left. Recorded files are accepted while their attributes are unchanged; of the others each chunk is read
 * again.
 * @param tell Called for each complete file.
 */
export function scanStaged(
  root: RootDisk,
  stagedFiles: StagedFiles,
  { head, staging }: { head: ManifestHead; staging: StagingTree },
  tell: (file: FileEntry, identity: FileIdentity) => void,
): StagedScan {
  const { cache } = root.services;
  const tops = new Map(head.owned.map((top) => [top.path, top.kind]));
  const walk = walkInOrder(root, staging);
  let waiting: FoundEntry | undefined;
  let removed: string | undefined;
  /** Files that are complete by their content, though that was not recorded. */
  let unrecorded: { file: FileEntry; identity: FileIdentity }[] = [];

  /** The next entry that is at or before `path`. */
  async function upTo(path: string | undefined): Promise<FoundEntry | undefined> {
    const found = waiting ?? (await walk.next()).value ?? undefined;
    waiting = undefined;
    if (found === undefined || path === undefined || comparePaths(found.path, path) <= 0) return found;
    waiting = found;
    return undefined;
  }

  async function look(found: FoundEntry, entry: ManifestEntry | undefined, staged: Staged): Promise<void> {
    if (removed !== undefined && found.path.startsWith(`${removed}/`)) return;
    const location = placeIn(staging.folder, staging.owned, found.path);
    if (entry?.kind === "file" && found.kind === "file") {
      const right = await rightOf(entry, found, location, stagedFiles.find(head.unit, found.path));
      if (right !== undefined) {
        staged.set(entry.path, right);
        if (right === "complete") tell(entry, found.identity);
        return;
      }
    } else if (fits(entry ?? tops.get(found.path), found)) return;
    const { touched } = await root.runThrough("remove", { path: location });
    cache.renew(touched);
    removed = found.path;
  }

  /** Undefined for a second name of a live file: it is never written through. */
  async function rightOf(
    entry: FileEntry,
    found: FoundEntry,
    location: string,
    recorded: FileIdentity | undefined,
  ): Promise<"complete" | boolean[] | undefined> {
    const finished = found.size === entry.size && (found.mode & 0o7777) === entry.mode && found.modified === entry.modified;
    if (finished && recorded === found.identity) return "complete";
    const size = finished || found.names > 1 ? {} : { size: entry.size };
    const right = await root.run("check", { path: location, chunks: entry.chunks, ...size });
    if (!finished || !right.every(Boolean)) return found.names > 1 ? undefined : right;
    unrecorded.push({ file: entry, identity: found.identity });
    return "complete";
  }

  async function record(): Promise<void> {
    if (unrecorded.length === 0) return;
    const files = unrecorded;
    unrecorded = [];
    await root.runThrough("sync", {}); // recorded means synced
    stagedFiles.add(
      head.unit,
      files.map(({ file, identity }) => [file.path, identity]),
    );
    cache.put(files.map(({ file, identity }) => ({ root: root.path, path: file.path, identity, chunks: file.chunks })));
  }

  return {
    async window(entries) {
      const staged: Staged = new Map();
      const byPath = new Map(entries.map((entry) => [entry.path, entry]));
      const last = entries.at(-1)?.path;
      if (last === undefined) return staged;
      for (let found = await upTo(last); found; found = await upTo(last)) await look(found, byPath.get(found.path), staged);
      await record();
      return staged;
    },
    async end() {
      for (let found = await upTo(undefined); found; found = await upTo(undefined)) await look(found, undefined, new Map());
    },
    async [Symbol.asyncDispose]() {
      await walk.return();
    },
  };
}

function fits(expected: ManifestEntry | "folder" | "file" | undefined, found: FoundEntry): boolean {
  if (expected === undefined) return false;
  if (typeof expected === "string") return expected === found.kind;
  return expected.kind === found.kind && (expected.kind !== "link" || expected.target === found.target);
}
