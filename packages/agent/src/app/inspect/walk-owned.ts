import { comparePaths, type OwnedPath } from "@sitewright/protocol";
import type { FoundEntry } from "../../domain/tree/compare-tree.ts";
import { placeIn } from "../../domain/unit-state.ts";
import type { WalkCursor, WalkPart } from "../ports/disk.ts";
import { entriesOf } from "./found-columns.ts";
import type { RootDisk } from "../unit/root-disk.ts";
import { createStampSum, type TreeStamp } from "../../domain/tree/tree-stamp.ts";

/** Entries per answer: few enough to be held, enough to outweigh the messages between threads. */
const PART = 4096;

/** The owned paths of a unit where they are live, or in a folder of the agent. */
export interface OwnedTree {
  /** Absent: the live tree. */
  folder?: string | undefined;
  owned: readonly OwnedPath[];
  /** Left out, in terms of the manifest. */
  except?: readonly string[];
}

/**
 * Everything at and below the owned paths, by its path in terms of a manifest and in a manifest's order. At most two parts are held: the
 * next one is read while the current one is used.
 */
export async function* walkParts(root: RootDisk, { folder, owned, except = [] }: OwnedTree): AsyncGenerator<FoundEntry[], void, undefined> {
  const tops = [...owned].sort((a, b) => comparePaths(a.path, b.path)).map((top) => top.path);
  const ask = (top: string, cursor?: WalkCursor): Promise<WalkPart> => {
    const path = folder === undefined ? top : placeIn(folder, owned, top);
    const below = except.filter((other) => other.startsWith(`${top}/`)).map((other) => other.slice(top.length + 1));
    const part = root.run("walk", { path, most: PART, except: below, ...(cursor ? { cursor } : {}) });
    // Where it is awaited gets the error: it may arrive while the caller still works with the part before, or after it stopped.
    part.catch(() => {});
    return part;
  };
  let at = 0;
  let top = tops[at];
  let coming = top === undefined ? undefined : ask(top);
  while (top !== undefined && coming) {
    const { found, next } = await coming;
    const current: string = top;
    if (!next) top = tops[++at];
    coming = top === undefined ? undefined : ask(top, next);
    yield entriesOf(found, current);
  }
}

/** As `walkParts`, entry by entry. */
export async function* walkInOrder(root: RootDisk, tree: OwnedTree): AsyncGenerator<FoundEntry, void, undefined> {
  for await (const part of walkParts(root, tree)) yield* part;
}

/** Threads that walk one tree at once. */
const SHARES = 2;

/** Computes the sum over everything below the owned paths; entries stay in the threads. */
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
