import type { FileEntry } from "@sitewright/protocol";
import { besideFound, deviationsOf } from "../../domain/tree/compare-tree.ts";
import { sameContentTimes, type FileIdentity } from "../../domain/tree/file-identity.ts";
import { sameChunks } from "../../domain/tree/rebuild-plan.ts";
import { seedOf, type TreeStamp } from "../../domain/tree/tree-stamp.ts";
import { placeIn, type StagingTree } from "../../domain/unit-state.ts";
import { batches, inParallel } from "../unit/in-parallel.ts";
import { AT_ONCE, BATCH } from "../inspect/local-index.ts";
import type { HeldManifest, ManifestStore, StagedFiles } from "../ports/stores.ts";
import { IN_USE } from "../ports/disk.ts";
import { fileInUse } from "../unit/order-tools.ts";
import type { RootDisk } from "../unit/root-disk.ts";
import { walkParts, newSeed, stampTree } from "../inspect/walk-owned.ts";

/** The remembered state of what was staged. */
interface StagedRecords {
  manifests: ManifestStore;
  stagedFiles: StagedFiles;
}

interface Doubtful {
  file: FileEntry;
  identity: FileIdentity;
}

/**
 * The stamp of the staged tree, if unchanged; else the first difference, in words.
 * @param except What an interrupted activation may have put beside it, in terms of the manifest.
 */
export async function lookAtStaged(
  root: RootDisk,
  { manifests, stagedFiles }: StagedRecords,
  staging: StagingTree,
  except: readonly string[],
): Promise<{ stamp: TreeStamp } | { fault: string }> {
  const { folder, owned } = staging;
  const stamp = await stampTree(root, { folder, owned, except }, staging.stamp === undefined ? newSeed() : seedOf(staging.stamp));
  if (stamp === staging.stamp) return { stamp };
  using manifest = manifests.open(staging.manifest);
  const fault = manifest ? await faultOf(root, staging, { manifest, stagedFiles }, except) : "its manifest is gone";
  return fault === undefined ? { stamp } : { fault };
}

/** The first difference of the staged tree, in words. */
async function faultOf(
  root: RootDisk,
  { folder, owned }: StagingTree,
  { manifest, stagedFiles }: { manifest: HeldManifest; stagedFiles: StagedFiles },
  except: readonly string[],
): Promise<string | undefined> {
  const { cache, disk } = root.services;
  const found = walkParts(root, { folder, owned, except });
  for await (const pairs of besideFound({ owned, windows: manifest.windows(), kept: disk.keptMode }, found)) {
    const doubtful: Doubtful[] = [];
    for (const pair of pairs) {
      // Rights are given when it goes live.
      const first = deviationsOf(pair, new Set()).find(({ kind }) => kind !== "rights");
      if (first) return `${first.path} is ${first.kind}`;
      const { expected: file, found: there } = pair;
      if (file?.kind !== "file" || !there) continue;
      const recorded = stagedFiles.find(manifest.head.unit, file.path);
      if (recorded === undefined || !sameContentTimes(recorded, there.identity)) return `${file.path} was changed`;
      if (recorded !== there.identity && !sameChunks(cache.get(there.identity)?.chunks ?? [], file.chunks))
        doubtful.push({ file, identity: there.identity });
    }
    // Only ctime changed, as by a link made or removed: the content decides.
    const changed = await firstChanged(root, { folder, owned }, doubtful);
    if (changed !== undefined) return `${changed} was changed`;
  }
  return undefined;
}

async function firstChanged(
  root: RootDisk,
  { folder, owned }: Pick<StagingTree, "folder" | "owned">,
  files: readonly Doubtful[],
): Promise<string | undefined> {
  let changed: string | undefined;
  await inParallel(
    batches(files, BATCH, ({ file }) => file.size),
    AT_ONCE,
    async (batch) => {
      if (changed !== undefined) return;
      const asks = batch.map(({ file: { path, chunks }, identity }) => ({ path: placeIn(folder, owned, path), identity, chunks }));
      const right = await root.run("match", { files: asks });
      const busy = batch.find((_, i) => right[i] === IN_USE)?.file.path;
      if (busy !== undefined) throw fileInUse(root.path, [placeIn(folder, owned, busy)], "nothing is activated");
      changed ??= batch.find((_, i) => right[i] === undefined)?.file.path;
    },
  );
  return changed;
}
