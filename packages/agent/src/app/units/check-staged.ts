import type { FileEntry, Manifest } from "@sitewright/protocol";
import { besideFound, deviationsOf } from "../../domain/compare-tree.ts";
import { sameContentTimes, type FileIdentity } from "../../domain/file-identity.ts";
import { sameChunks } from "../../domain/rebuild-plan.ts";
import { seedOf, type TreeStamp } from "../../domain/tree-stamp.ts";
import { placeIn, type StagingTree } from "../../domain/unit-state.ts";
import { entryParts } from "./entry-parts.ts";
import { batches, inParallel } from "./in-parallel.ts";
import { AT_ONCE, BATCH } from "./local-index.ts";
import { newSeed, stampTree } from "./stamp-tree.ts";
import type { Site } from "./unit-ports.ts";
import { walkParts } from "./walk-owned.ts";

interface Doubtful {
  file: FileEntry;
  identity: FileIdentity;
}

/** The stamp of the staged tree, if that is as it was left; else the first thing that is not, in words. */
export async function lookAtStaged(
  site: Site,
  root: string,
  staging: StagingTree,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<{ stamp: TreeStamp } | { fault: string }> {
  const { folder, owned } = staging;
  const stamp = await stampTree(site, { root, folder, owned }, staging.stamp === undefined ? newSeed() : seedOf(staging.stamp), signal);
  if (stamp === staging.stamp) return { stamp };
  const fault = await faultOf(site, root, staging, manifest, signal);
  return fault === undefined ? { stamp } : { fault };
}

/** The first thing about the staged tree that is not as it was left, in words. */
async function faultOf(
  site: Site,
  root: string,
  staging: StagingTree,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = walkParts(site, root, staging.folder, staging.owned, signal);
  for await (const pairs of besideFound(manifest, entryParts(manifest), found)) {
    const doubtful: Doubtful[] = [];
    for (const pair of pairs) {
      const [first] = deviationsOf(pair, new Set());
      if (first) return `${first.path} is ${first.kind === "rights" ? "of other permissions" : first.kind}`;
      const { expected: file, found: there } = pair;
      if (file?.kind !== "file" || !there) continue;
      const recorded = site.stagedFiles.find(manifest.unit, file.path);
      if (recorded === undefined || !sameContentTimes(recorded, there.identity)) return `${file.path} was changed`;
      if (recorded !== there.identity && !sameChunks(site.cache.get(there.identity)?.chunks ?? [], file.chunks))
        doubtful.push({ file, identity: there.identity });
    }
    // Only ctime moved, as by a link made or removed: the content decides.
    const changed = await firstChanged(site, root, staging, doubtful, signal);
    if (changed !== undefined) return `${changed} was changed`;
  }
  return undefined;
}

async function firstChanged(
  site: Site,
  root: string,
  { folder, owned }: StagingTree,
  files: readonly Doubtful[],
  signal: AbortSignal,
): Promise<string | undefined> {
  let changed: string | undefined;
  await inParallel(
    batches(files, BATCH, ({ file }) => file.size),
    AT_ONCE,
    async (batch) => {
      if (changed !== undefined) return;
      const asks = batch.map(({ file: { path, chunks }, identity }) => ({ path: placeIn(folder, owned, path), identity, chunks }));
      const right = await site.disk.run(root, "match", { files: asks }, { signal });
      changed ??= batch.find((_, i) => !right[i])?.file.path;
    },
  );
  return changed;
}
