import { UNIT_KINDS, type Digest, type OwnedPath } from "@sitewright/protocol";
import { placeIn, type Retained, type UnitState } from "../../domain/unit-state.ts";
import { batches } from "../unit/in-parallel.ts";
import type { ManifestStore } from "../ports/stores.ts";
import type { RootDisk } from "../unit/root-disk.ts";

/** Files of a CAP that clients reach by a name which they read in another file. */
const REFERENCE = /\.(ins|ofr|pkg|nal)$/i;

const AT_ONCE = { items: 2000, bytes: Infinity };

/** A reference that is to stay reachable, and until when, ms since 1970. */
export type Kept = Pick<Retained, "path" | "expires">;

/** What replaces the live tree. */
interface Incoming {
  manifest: Digest | undefined;
  owned: readonly OwnedPath[];
  graceMs: number;
  /** By the clock of grace times, ms since 1970. */
  now: number;
}

/**
 * References of the live generation that the incoming one lacks, and those kept beside it whose time is not over. Only of trees with a
 * known manifest, so that nothing foreign is kept.
 */
export function referencesToKeep(
  manifests: ManifestStore,
  { unit, live, retained }: UnitState,
  { manifest, owned, graceMs, now }: Incoming,
): Kept[] {
  if (!UNIT_KINDS[unit.role].holdsReferences || graceMs <= 0 || live?.manifest === undefined || manifest === undefined) return [];
  using outgoing = manifests.open(live.manifest);
  using incoming = manifests.open(manifest);
  if (!outgoing || !incoming) return [];
  const expires = now + graceMs;
  const kept = new Map<string, number>();
  for (const { entries } of outgoing.windows())
    for (const { kind, path } of entries) if (kind === "file" && REFERENCE.test(path)) kept.set(path, expires);
  for (const file of retained) if (file.side === "live" && file.expires > now) kept.set(file.path, file.expires);
  const folders = new Set(owned.map((top) => top.path));
  for (const { entries } of incoming.windows()) {
    for (const { kind, path } of entries) {
      kept.delete(path);
      if (kind === "folder") folders.add(path);
    }
  }
  return [...kept].filter(([path]) => folders.has(path.slice(0, path.lastIndexOf("/")))).map(([path, until]) => ({ path, expires: until }));
}

/**
 * Gives what is to be kept a second name in `folder`, which will go live. Without it clients merely lose their grace time. Nothing of it is
 * visible before the exchange.
 */
export async function linkReferences(
  root: RootDisk,
  { folder, owned }: { folder: string; owned: readonly OwnedPath[] },
  references: readonly Kept[],
): Promise<Retained[]> {
  const retained: Retained[] = [];
  const lost: string[] = [];
  for (const batch of batches(references, AT_ONCE, () => 0)) {
    const links = batch.map(({ path }) => ({ from: path, to: placeIn(folder, owned, path) }));
    const inodes = await root.runThrough("link", { links });
    batch.forEach(({ path, expires }, i) => {
      const inode = inodes[i];
      if (inode === false) lost.push(path);
      else if (inode !== undefined) retained.push({ path, inode, expires, side: "live" });
    });
  }
  if (lost.length > 0)
    root.services.log("warn", "references of the previous generation cannot be kept for their grace time", {
      root: root.path,
      path: lost[0],
      count: lost.length,
    });
  return retained;
}
