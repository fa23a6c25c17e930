import type { OwnedPath } from "@sitewright/protocol";
import { placeIn } from "../../domain/unit-state.ts";
import { createStampSum, type TreeStamp } from "../../domain/tree/tree-stamp.ts";
import type { Site } from "./unit-ports.ts";

/** So many threads look at one tree at once. */
const SHARES = 2;

/** What is to be stamped. */
interface StampedTree {
  root: string;
  /** The folder of ours that it lies in; undefined for the live tree. */
  folder?: string;
  owned: readonly OwnedPath[];
  /** Paths that are there on purpose and no part of it. */
  except?: readonly string[];
}

/** Looks at everything below the owned paths, without any of it leaving the threads that look. */
export async function stampTree(site: Site, tree: StampedTree, seed: string, signal?: AbortSignal): Promise<TreeStamp> {
  const { root, folder, owned, except = [] } = tree;
  const tops = owned.map(({ path }) => ({ name: path, path: folder === undefined ? path : placeIn(folder, owned, path) }));
  const shares = Array.from({ length: SHARES }, (_, share) =>
    site.disk.run(root, "stamp", { tops, except: [...except], seed, share, shares: SHARES }, signal ? { signal } : {}),
  );
  const sum = createStampSum(seed);
  for (const stamp of await Promise.all(shares)) sum.add(stamp);
  return sum.stamp();
}

export function newSeed(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (lane) => lane.toString(16).padStart(8, "0")).join("");
}
