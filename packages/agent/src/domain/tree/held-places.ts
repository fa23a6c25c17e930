import type { Digest, OwnedPath } from "@sitewright/protocol";
import { placeIn, type UnitState } from "../unit-state.ts";

/** Where content of one manifest may be on this system. */
export interface HeldContent {
  /** The most likely first. What is read there must be verified. */
  places: HeldPlace[];
  /** More is being put there. */
  isGrowing: boolean;
}

export interface HeldPlace {
  /** Of the role. */
  root: string;
  /** A folder of the agent that holds the owned paths under their numbers; absent: they are at their own places. */
  own?: { folder: string; owned: OwnedPath[] };
}

export function heldPlaces({ root, staging, live, previous }: UnitState, manifest: Digest): HeldPlace[] {
  if (root === undefined) return [];
  const own = ({ folder, owned }: { folder: string; owned: OwnedPath[] }): HeldPlace => ({ root, own: { folder, owned } });
  const isStaged = staging?.manifest === manifest;
  return [
    ...(isStaged && !staging.inPlace ? [own(staging)] : []),
    // What is staged may have been exchanged by now, or be partly live already.
    ...(isStaged || live?.manifest === manifest ? [{ root }] : []),
    ...(previous?.live?.manifest === manifest ? [own(previous)] : []),
  ];
}

/** The place of a path of the manifest, below the root. */
export function pathIn({ own }: HeldPlace, path: string): string {
  return own ? placeIn(own.folder, own.owned, path) : path;
}

/** Maximum number of names in an owned path. */
const OWNED_NAMES = 3;

/**
 * Possible present places of a file that was seen at some path of a unit: in the live tree, or in a folder of the agent, because whole
 * trees are exchanged.
 * @returns A function from a role root and a path in terms of a manifest to paths relative to the root, the live one first.
 */
export function placeFinder(states: readonly UnitState[]): (root: string, path: string) => string[] {
  const folders = new Map<string, { folder: string; owned: readonly OwnedPath[] }[]>();
  for (const { root, staging, previous, leftovers } of states) {
    for (const held of [staging, previous, ...leftovers]) {
      if (!held || root === undefined) continue;
      for (const top of held.owned) {
        const key = `${root}\0${top.path}`;
        folders.set(key, [...(folders.get(key) ?? []), held]);
      }
    }
  }
  return (root, path) => {
    const found = [path];
    let end = path.indexOf("/");
    for (let names = 1; names <= OWNED_NAMES; names++) {
      const top = end < 0 ? path : path.slice(0, end);
      for (const { folder, owned } of folders.get(`${root}\0${top}`) ?? []) found.push(placeIn(folder, owned, path));
      if (end < 0) break;
      end = path.indexOf("/", end + 1);
    }
    return found;
  };
}
