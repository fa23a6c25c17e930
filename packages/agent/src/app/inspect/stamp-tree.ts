import { placeIn } from "../../domain/unit-state.ts";
import { createStampSum, type TreeStamp } from "../../domain/tree/tree-stamp.ts";
import type { RootDisk } from "../unit/root-disk.ts";
import type { OwnedTree } from "./walk-owned.ts";

/** So many threads look at one tree at once. */
const SHARES = 2;

/** Looks at everything below the owned paths, without any of it leaving the threads that look. */
export async function stampTree(root: RootDisk, { folder, owned, except = [] }: OwnedTree, seed: string): Promise<TreeStamp> {
  const tops = owned.map(({ path }) => ({ name: path, path: folder === undefined ? path : placeIn(folder, owned, path) }));
  const shares = Array.from({ length: SHARES }, (_, share) =>
    root.run("stamp", { tops, except: [...except], seed, share, shares: SHARES }),
  );
  const sum = createStampSum(seed);
  for (const stamp of await Promise.all(shares)) sum.add(stamp);
  return sum.stamp();
}

export function newSeed(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (lane) => lane.toString(16).padStart(8, "0")).join("");
}
