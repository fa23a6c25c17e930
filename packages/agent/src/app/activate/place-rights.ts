import type { Deviation, ManifestEntry, OwnedPath } from "@sitewright/protocol";
import type { FoundEntry } from "../../domain/tree/compare-tree.ts";
import type { FileIdentity } from "../../domain/tree/file-identity.ts";
import type { Pair } from "../../domain/tree/pair-up.ts";
import { createStampSum, seedOf, type TreeStamp } from "../../domain/tree/tree-stamp.ts";
import { placeIn } from "../../domain/unit-state.ts";
import { newSeed } from "../inspect/walk-owned.ts";
import type { RootDisk } from "../unit/root-disk.ts";

/** Threads that work on one tree at once. */
const SHARES = 2;

/** What will go live. */
interface Incoming {
  /** The agent's folder that it is in. */
  folder: string;
  owned: readonly OwnedPath[];
  /** Of it, as far as known. */
  stamp: TreeStamp | undefined;
}

interface Placed {
  /** Of the tree with its rights; undefined: it was not known before. */
  stamp: TreeStamp | undefined;
  /** Files that are copies by now: live path, and identity. */
  apart: [string, FileIdentity][];
}

/**
 * Gives a tree that is about to go live the rights of what it replaces, or else what the surrounding folder passes on: at the last moment,
 * because an administrator may have restricted what is live while this was staged or kept.
 */
export async function placeRights(root: RootDisk, { folder, owned, stamp }: Incoming): Promise<Placed> {
  const tops = owned.map(({ path, rights }) => ({
    live: path,
    staged: placeIn(folder, owned, path),
    clientsWrite: rights === "clients-write",
  }));
  const seed = stamp === undefined ? newSeed() : seedOf(stamp);
  const shares = Array.from({ length: SHARES }, (_, share) => root.run("place", { folder, tops, seed, share, shares: SHARES }));
  const answers = await Promise.all(shares);
  const sum = createStampSum(seed);
  if (stamp !== undefined) sum.add(stamp);
  for (const { before, after, touched } of answers) {
    sum.subtract(before);
    sum.add(after);
    root.services.cache.renew(touched);
  }
  if (answers.some(({ before, after }) => before !== after)) await root.runThrough("sync", {});
  return { stamp: stamp === undefined ? undefined : sum.stamp(), apart: answers.flatMap(({ apart }) => apart) };
}

/** The deviations that are not, because rights follow the place. */
export async function withoutPlaced(
  root: RootDisk,
  owned: readonly OwnedPath[],
  pairs: readonly Pair<ManifestEntry, FoundEntry>[],
  deviations: readonly Deviation[],
): Promise<Deviation[]> {
  const doubtful = new Set(deviations.flatMap(({ kind, path }) => (kind === "rights" ? [path] : [])));
  if (doubtful.size === 0) return [...deviations];
  const entries = pairs.flatMap(({ expected }) =>
    expected && expected.kind !== "link" && doubtful.has(expected.path)
      ? [{ path: expected.path, kind: expected.kind, mode: expected.mode }]
      : [],
  );
  const right = await root.run("rights", { tops: owned.map(({ path }) => path), entries });
  entries.forEach(({ path }, i) => right[i] && doubtful.delete(path));
  return deviations.filter(({ kind, path }) => kind !== "rights" || doubtful.has(path));
}
