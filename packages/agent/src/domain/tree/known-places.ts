import type { OwnedPath } from "@sitewright/protocol";
import { placeIn, type UnitState } from "../unit-state.ts";

/** An owned path has no more names than this. */
const OWNED_NAMES = 3;

/**
 * Where a file may lie by now that was seen at some path of a unit: in the live tree, or in a folder of ours, since whole trees
 * change places.
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
